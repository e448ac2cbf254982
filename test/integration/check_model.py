# checks the model on stdin as strictly as onnx can, and prints what a consumer reads of it as JSON
import json
import sys

import onnx

model = onnx.load_from_string(sys.stdin.buffer.read())
onnx.checker.check_model(model, full_check=True)


def shape_of(value):
    tensor = value.type.tensor_type
    shape = [dim.dim_value or dim.dim_param for dim in tensor.shape.dim]
    return [value.name, onnx.TensorProto.DataType.Name(tensor.elem_type), shape]


print(json.dumps({
    "input": [shape_of(value) for value in model.graph.input],
    "output": [shape_of(value) for value in model.graph.output],
    "metadata": {entry.key: entry.value for entry in model.metadata_props},
}))
