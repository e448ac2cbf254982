import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { z } from 'zod';

const schemaOf = z.object({
  type: z.string().optional(),
  format: z.string().optional(),
  enum: z.array(z.unknown()).optional(),
  required: z.array(z.string()).optional(),
  get properties() {
    return z.record(z.string(), schemaOf).optional();
  },
  get additionalProperties() {
    return schemaOf.optional();
  },
  get items() {
    return schemaOf.optional();
  },
  get allOf() {
    return z.array(schemaOf).optional();
  },
  get oneOf() {
    return z.array(schemaOf).optional();
  },
  $ref: z.string().optional(),
  'x-kubernetes-group-version-kind': z
    .array(z.object({ group: z.string(), version: z.string(), kind: z.string() }))
    .optional(),
});

type Schema = z.output<typeof schemaOf>;

const schemas = new Map(
  Object.entries(
    z
      .record(z.string(), schemaOf)
      .parse(JSON.parse(gunzipSync(readFileSync(new URL('kubernetes-schemas.json.gz', import.meta.url))).toString())),
  ),
);

const objectSchema = z.looseObject({ apiVersion: z.string(), kind: z.string() });

/**
 * What Kubernetes 1.36 would refuse in an object, by its published schemas; unknown fields are faults, as with
 * `kubectl apply --validate=strict`. What only the API server's own code checks (names, quantities, sums) is not seen.
 */
export function schemaFaults(object: unknown): string[] {
  const { data } = objectSchema.safeParse(object);
  if (!data) return ['it has no apiVersion and kind'];
  const schema = schemaOfKind(data.apiVersion, data.kind);
  // what a serializer would leave out is left out
  return schema
    ? faultsOf(JSON.parse(JSON.stringify(object)), schema, data.kind)
    : [`no schema is known for ${data.apiVersion} ${data.kind}`];
}

function schemaOfKind(apiVersion: string, kind: string): Schema | undefined {
  return [...schemas.values()].find((schema) =>
    schema['x-kubernetes-group-version-kind']?.some(
      (known) => [known.group, known.version].filter(Boolean).join('/') === apiVersion && known.kind === kind,
    ),
  );
}

function faultsOf(value: unknown, schema: Schema, path: string): string[] {
  if (schema.$ref) return faultsOf(value, referred(schema.$ref), path);
  if (schema.allOf) return schema.allOf.flatMap((part) => faultsOf(value, part, path));
  if (schema.oneOf) {
    const isOne = schema.oneOf.some((choice) => faultsOf(value, choice, path).length === 0);
    return isOne ? [] : [`${path} must be of type ${schema.oneOf.map(({ type }) => type).join(' or ')}`];
  }
  if (!isOfType(value, schema.type)) return [`${path} must be of type ${schema.type}, found ${JSON.stringify(value)}`];
  if (schema.enum && !schema.enum.includes(value))
    return [`${path} must be one of ${schema.enum.join(', ')}, found ${JSON.stringify(value)}`];
  if (Array.isArray(value))
    return value.flatMap((item, index) => faultsOf(item, schema.items ?? {}, `${path}[${index}]`));
  return typeof value === 'object' && value !== null ? faultsOfFields(value, schema, path) : [];
}

function faultsOfFields(value: object, schema: Schema, path: string): string[] {
  const missing = (schema.required ?? []).filter((name) => !Object.hasOwn(value, name));
  const fields = Object.entries(value).flatMap(([name, field]) => {
    const known = schema.properties?.[name] ?? schema.additionalProperties;
    if (known) return faultsOf(field, known, `${path}.${name}`);
    // an object without any fields of its own is free in form
    return schema.properties ? [`${path}.${name} is no field`] : [];
  });
  return [...missing.map((name) => `${path}.${name} is missing`), ...fields];
}

function isOfType(value: unknown, type: string | undefined): boolean {
  switch (type) {
    case 'object':
      return typeof value === 'object' && value !== null && !Array.isArray(value);
    case 'array':
      return Array.isArray(value);
    case 'integer':
      return Number.isInteger(value);
    default:
      return type === undefined || typeof value === type;
  }
}

function referred(reference: string): Schema {
  const name = reference.replace('#/components/schemas/', '');
  const schema = schemas.get(name);
  if (!schema) throw new Error(`kubernetes-schemas.json.gz has no ${name}: make it again`);
  return schema;
}
