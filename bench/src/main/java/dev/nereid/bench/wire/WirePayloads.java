package dev.nereid.bench.wire;

import com.google.protobuf.ByteString;
import dev.nereid.bench.wire.WirePayload.Protocol;
import dev.nereid.proto.inference.ModelInferRequest;
import dev.nereid.proto.onnx.GraphProto;
import dev.nereid.proto.onnx.ModelProto;
import dev.nereid.proto.onnx.NodeProto;
import dev.nereid.proto.onnx.OperatorSetIdProto;
import dev.nereid.proto.onnx.TensorShapeProto;
import dev.nereid.proto.onnx.TypeProto;
import dev.nereid.proto.onnx.ValueInfoProto;
import dev.nereid.proto.tensorflow.DataType;
import dev.nereid.proto.tensorflow.ModelSpec;
import dev.nereid.proto.tensorflow.PredictRequest;
import dev.nereid.proto.tensorflow.TensorProto;
import dev.nereid.proto.torchserve.PredictionsRequest;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.SplittableRandom;
import java.util.StringJoiner;

/** The requests that are measured: one FP32 tensor [1, n] each, of the same random numbers in every run. */
final class WirePayloads {
    /** The model that answers them. */
    static final String MODEL = "identity_fp32";

    /** Its config. */
    static final String CONFIG = """
            backend: "identity"
            max_batch_size: 8
            input [ { name: "INPUT0" data_type: TYPE_FP32 dims: [ -1 ] } ]
            output [ { name: "OUTPUT0" data_type: TYPE_FP32 dims: [ -1 ] } ]
            instance_group [ { kind: KIND_CPU count: 1 } ]
            """;

    /** A model that does the same in the engine, for protocols whose servers have no such backend. */
    static final String ONNX_MODEL = "identity_onnx";

    /** Its config. */
    static final String ONNX_CONFIG = """
            backend: "onnxruntime"
            max_batch_size: 8
            input [ { name: "INPUT0" data_type: TYPE_FP32 dims: [ -1 ] } ]
            output [ { name: "OUTPUT0" data_type: TYPE_FP32 dims: [ -1 ] } ]
            instance_group [ { kind: KIND_CPU count: 1 } ]
            """;

    /** The manifest of its archive. */
    static final String MANIFEST = """
            {"runtime": "python", "archiverVersion": "0.12.0", "model": {"modelName": "identity_onnx", "modelVersion": "1.0",
             "serializedFile": "model.onnx", "handler": "base_handler", "envelope": "json"}}
            """;

    private static final int ONNX_IR = 8;
    private static final int ONNX_OPSET = 17;
    private static final int FRAME_PREFIX = 5;

    private WirePayloads() {}

    /** A tensor of {@code elements} numbers as JSON, both ways. */
    static WirePayload json(String name, int elements) {
        StringJoiner data = new StringJoiner(",", ",\"data\":[", "]}]}");
        for (float number : numbers(elements)) {
            data.add(Float.toString(number));
        }
        byte[] body = ascii(document(elements, data.toString()));
        return new WirePayload(name, Protocol.HTTP, body, List.of("Content-Type: application/json"), ascii("]}]}"));
    }

    /** A tensor of {@code elements} numbers as binary data, both ways. */
    static WirePayload binary(String name, int elements) {
        byte[] tensor = bytes(elements);
        byte[] json = ascii(document(
                elements,
                ",\"parameters\":{\"binary_data_size\":" + tensor.length
                        + "}}],\"parameters\":{\"binary_data_output\":true}}"));
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        body.writeBytes(json);
        body.writeBytes(tensor);
        return new WirePayload(
                name,
                Protocol.HTTP,
                body.toByteArray(),
                List.of("Content-Type: application/octet-stream", "Inference-Header-Content-Length: " + json.length),
                tensor);
    }

    /** A tensor of {@code elements} numbers over gRPC. */
    static WirePayload grpc(String name, int elements) {
        return new WirePayload(
                name,
                Protocol.GRPC,
                frame(message(elements).toByteArray()),
                List.of("content-type: application/grpc", "te: trailers"),
                bytes(elements));
    }

    /** A tensor of {@code elements} numbers as TensorFlow Serving's JSON, both ways. */
    static WirePayload tensorflowJson(String name, int elements) {
        return new WirePayload(
                name,
                Protocol.TENSORFLOW_REST,
                instances(elements),
                List.of("Content-Type: application/json"),
                ascii("]\n    ]\n}"));
    }

    /** A tensor of {@code elements} numbers over TensorFlow Serving's gRPC, as lists both ways. */
    static WirePayload tensorflowGrpc(String name, int elements) {
        return new WirePayload(
                name,
                Protocol.TENSORFLOW_GRPC,
                frame(tensorflowMessage(elements).toByteArray()),
                List.of("content-type: application/grpc", "te: trailers"),
                bytes(elements));
    }

    /** The file of {@link #ONNX_MODEL}. */
    static byte[] onnx() {
        return ModelProto.newBuilder()
                .setIrVersion(ONNX_IR)
                .addOpsetImport(OperatorSetIdProto.newBuilder().setVersion(ONNX_OPSET))
                .setGraph(GraphProto.newBuilder()
                        .setName(ONNX_MODEL)
                        .addInput(rows("INPUT0"))
                        .addOutput(rows("OUTPUT0"))
                        .addNode(NodeProto.newBuilder()
                                .setOpType("Identity")
                                .addInput("INPUT0")
                                .addOutput("OUTPUT0")))
                .build()
                .toByteArray();
    }

    private static ValueInfoProto rows(String name) {
        TensorShapeProto.Builder shape = TensorShapeProto.newBuilder();
        shape.addDimBuilder().setDimParam("rows");
        shape.addDimBuilder().setDimParam("columns");
        return ValueInfoProto.newBuilder()
                .setName(name)
                .setType(TypeProto.newBuilder()
                        .setTensorType(TypeProto.Tensor.newBuilder()
                                .setElemType(dev.nereid.proto.onnx.TensorProto.DataType.FLOAT_VALUE)
                                .setShape(shape)))
                .build();
    }

    /** A payload of KServe's for {@link #ONNX_MODEL}. */
    static WirePayload onnxJson(String name, int elements) {
        WirePayload json = json(name, elements);
        return new WirePayload(name, Protocol.ONNX_HTTP, json.body(), json.headers(), json.answerEnd());
    }

    /** A message of KServe's for {@link #ONNX_MODEL}. */
    static WirePayload onnxGrpc(String name, int elements) {
        WirePayload grpc = grpc(name, elements);
        byte[] message =
                message(elements).toBuilder().setModelName(ONNX_MODEL).build().toByteArray();
        return new WirePayload(name, Protocol.ONNX_GRPC, frame(message), grpc.headers(), grpc.answerEnd());
    }

    /** A tensor of {@code elements} numbers as TorchServe's envelope {@code json}, both ways. */
    static WirePayload torchServeJson(String name, int elements) {
        return new WirePayload(
                name,
                Protocol.TORCHSERVE_REST,
                instances(elements),
                List.of("Content-Type: application/json"),
                ascii("]]}"));
    }

    /** The same over TorchServe's gRPC. */
    static WirePayload torchServeGrpc(String name, int elements) {
        byte[] message = PredictionsRequest.newBuilder()
                .setModelName(ONNX_MODEL)
                .putInput("data", ByteString.copyFrom(instances(elements)))
                .build()
                .toByteArray();
        return new WirePayload(
                name,
                Protocol.TORCHSERVE_GRPC,
                frame(message),
                List.of("content-type: application/grpc", "te: trailers"),
                ascii("]]}"));
    }

    /** The message of a request over TensorFlow Serving's gRPC. */
    private static PredictRequest tensorflowMessage(int elements) {
        TensorProto.Builder tensor = TensorProto.newBuilder().setDtype(DataType.DT_FLOAT);
        tensor.getTensorShapeBuilder().addDimBuilder().setSize(1);
        tensor.getTensorShapeBuilder().addDimBuilder().setSize(elements);
        for (float number : numbers(elements)) {
            tensor.addFloatVal(number);
        }
        return PredictRequest.newBuilder()
                .setModelSpec(ModelSpec.newBuilder().setName(MODEL))
                .putInputs("INPUT0", tensor.build())
                .build();
    }

    /** A message as gRPC sends it. */
    private static byte[] frame(byte[] message) {
        return ByteBuffer.allocate(FRAME_PREFIX + message.length)
                .put((byte) 0)
                .putInt(message.length)
                .put(message)
                .array();
    }

    /** The message of a request over gRPC. */
    static ModelInferRequest message(int elements) {
        return ModelInferRequest.newBuilder()
                .setModelName(MODEL)
                .addInputs(ModelInferRequest.InferInputTensor.newBuilder()
                        .setName("INPUT0")
                        .setDatatype("FP32")
                        .addShape(1)
                        .addShape(elements))
                .addRawInputContents(ByteString.copyFrom(bytes(elements)))
                .build();
    }

    private static String document(int elements, String rest) {
        return "{\"inputs\":[{\"name\":\"INPUT0\",\"datatype\":\"FP32\",\"shape\":[1," + elements + "]" + rest;
    }

    private static byte[] instances(int elements) {
        StringJoiner data = new StringJoiner(",", "{\"instances\":[[", "]]}");
        for (float number : numbers(elements)) {
            data.add(Float.toString(number));
        }
        return ascii(data.toString());
    }

    private static float[] numbers(int elements) {
        SplittableRandom random = new SplittableRandom(elements);
        float[] numbers = new float[elements];
        for (int i = 0; i < elements; i++) {
            numbers[i] = random.nextFloat() * 2 - 1;
        }
        return numbers;
    }

    private static byte[] bytes(int elements) {
        ByteBuffer bytes = ByteBuffer.allocate(elements * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        for (float number : numbers(elements)) {
            bytes.putFloat(number);
        }
        return bytes.array();
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}
