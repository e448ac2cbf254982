// The field numbers of onnx.proto3 that a model of ours uses (https://github.com/onnx/onnx/blob/main/onnx/onnx.proto3).

export const modelProto = { irVersion: 1, producerName: 2, graph: 7, opsetImport: 8, metadataProps: 14 } as const;
export const operatorSetIdProto = { domain: 1, version: 2 } as const;
export const stringStringEntryProto = { key: 1, value: 2 } as const;
export const graphProto = { node: 1, name: 2, input: 11, output: 12 } as const;
export const nodeProto = { input: 1, output: 2, opType: 4, attribute: 5, domain: 7 } as const;
export const attributeProto = { name: 1, f: 2, i: 3, s: 4, t: 5, ints: 8, strings: 9, type: 20 } as const;
export const attributeType = { float: 1, int: 2, string: 3, tensor: 4, ints: 7, strings: 8 } as const;
export const tensorProto = { dims: 1, dataType: 2, rawData: 9 } as const;
export const valueInfoProto = { name: 1, type: 2 } as const;
export const typeProto = { tensorType: 1 } as const;
export const tensorTypeProto = { elemType: 1, shape: 2 } as const;
export const elementType = { float: 1, int64: 7, double: 11 } as const;
export const tensorShapeProto = { dim: 1 } as const;
export const dimensionProto = { dimValue: 1, dimParam: 2 } as const;
