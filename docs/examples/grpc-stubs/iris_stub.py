"""The species of an iris by stubs made from our .proto files. Needs: pip install grpcio grpcio-tools"""

import struct
import sys

import grpc

sys.path.insert(0, sys.argv[1])  # where the stubs are
import grpc_service_pb2 as service  # noqa: E402
import grpc_service_pb2_grpc  # noqa: E402

server = sys.argv[2] if len(sys.argv) > 2 else "localhost:8001"

request = service.ModelInferRequest(model_name="iris")
request.inputs.add(name="features", datatype="FP32", shape=[1, 4])
request.raw_input_contents.append(struct.pack("<4f", 6.7, 3.0, 5.2, 2.3))
with grpc.insecure_channel(server) as channel:
    stub = grpc_service_pb2_grpc.GRPCInferenceServiceStub(channel)
    try:
        response = stub.ModelInfer(request, timeout=10)
    except grpc.RpcError as error:
        sys.exit(f"{error.code().name}: {error.details()}")

# Outputs are raw bytes in the order of response.outputs; a string has its length before it.
for output, data in zip(response.outputs, response.raw_output_contents):
    values = data[4:].decode() if output.datatype == "BYTES" else struct.unpack(f"<{len(data) // 4}f", data)
    print(output.name, list(output.shape), values)
