package dev.nereid.bench.wire;

import com.google.protobuf.ByteString;
import dev.nereid.bench.wire.WirePayload.Protocol;
import dev.nereid.proto.inference.ModelInferRequest;
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
        byte[] message = message(elements).toByteArray();
        byte[] frame = ByteBuffer.allocate(FRAME_PREFIX + message.length)
                .put((byte) 0)
                .putInt(message.length)
                .put(message)
                .array();
        return new WirePayload(
                name, Protocol.GRPC, frame, List.of("content-type: application/grpc", "te: trailers"), bytes(elements));
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
