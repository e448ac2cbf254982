import {
  attributeProto,
  attributeType,
  dimensionProto,
  elementType,
  nodeProto,
  tensorProto,
  tensorShapeProto,
  tensorTypeProto,
  typeProto,
  valueInfoProto,
} from './onnx-fields.ts';
import { doublesField, floatField, intField, intsField, messageField, messagePieces, textField } from './protobuf.ts';

export interface Operator {
  readonly type: string;
  /** ONNX's own where absent. */
  readonly domain?: string;
  readonly input: string;
  readonly outputs: readonly string[];
  /** In pieces. */
  readonly attributes: readonly Uint8Array[];
}

/** The fields of a NodeProto. */
export function operatorFields({ type, domain, input, outputs, attributes }: Operator): Uint8Array[] {
  return [
    textField(nodeProto.input, input),
    ...outputs.map((output) => textField(nodeProto.output, output)),
    textField(nodeProto.opType, type),
    ...attributes,
    ...(domain === undefined ? [] : [textField(nodeProto.domain, domain)]),
  ];
}

export function intAttribute(name: string, value: number): Uint8Array[] {
  return attribute(name, attributeType.int, [intField(attributeProto.i, value)]);
}

export function intsAttribute(name: string, values: ArrayLike<number>): Uint8Array[] {
  return attribute(name, attributeType.ints, [intsField(attributeProto.ints, values)]);
}

export function floatAttribute(name: string, value: number): Uint8Array[] {
  return attribute(name, attributeType.float, [floatField(attributeProto.f, value)]);
}

export function doublesAttribute(name: string, values: Float64Array): Uint8Array[] {
  const tensor = [
    intsField(tensorProto.dims, [values.length]),
    intField(tensorProto.dataType, elementType.double),
    doublesField(tensorProto.rawData, values),
  ];
  return attribute(name, attributeType.tensor, messagePieces(attributeProto.t, tensor));
}

export function textAttribute(name: string, value: string): Uint8Array[] {
  return attribute(name, attributeType.string, [textField(attributeProto.s, value)]);
}

/** `encodedTexts` holds `attributeProto.strings` fields one after the other. */
export function textsAttribute(name: string, encodedTexts: Uint8Array): Uint8Array[] {
  return attribute(name, attributeType.strings, [encodedTexts]);
}

function attribute(name: string, type: number, value: readonly Uint8Array[]): Uint8Array[] {
  return messagePieces(nodeProto.attribute, [
    textField(attributeProto.name, name),
    ...value,
    intField(attributeProto.type, type),
  ]);
}

/** The fields of the ValueInfoProto of a tensor of any number of rows and the given further dimensions. */
export function tensorFields(name: string, type: number, dimensions: readonly number[]): Uint8Array[] {
  const shape = [
    messageField(tensorShapeProto.dim, [textField(dimensionProto.dimParam, 'N')]),
    ...dimensions.map((size) => messageField(tensorShapeProto.dim, [intField(dimensionProto.dimValue, size)])),
  ];
  const tensorType = [intField(tensorTypeProto.elemType, type), messageField(tensorTypeProto.shape, shape)];
  return [
    textField(valueInfoProto.name, name),
    messageField(valueInfoProto.type, [messageField(typeProto.tensorType, tensorType)]),
  ];
}
