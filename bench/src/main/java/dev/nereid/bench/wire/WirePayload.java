package dev.nereid.bench.wire;

import java.util.List;
import java.util.Objects;

/**
 * One request of the wire benchmark, to the identity backend.
 *
 * @param name what the tables call it
 * @param body of HTTP, or the framed message of gRPC; not to be changed
 * @param headers lines of HTTP beside those that every request has
 * @param answerEnd what the answer over HTTP, or its tensor over gRPC, ends in
 */
@SuppressWarnings("ArrayRecordComponent")
record WirePayload(String name, Protocol protocol, byte[] body, List<String> headers, byte[] answerEnd) {
    /** How it travels. */
    enum Protocol {
        HTTP("/v2/models/" + WirePayloads.MODEL + "/infer"),
        GRPC("/inference.GRPCInferenceService/ModelInfer"),
        /** The same for a model that the engine runs. */
        ONNX_HTTP("/v2/models/" + WirePayloads.ONNX_MODEL + "/infer"),
        ONNX_GRPC("/inference.GRPCInferenceService/ModelInfer"),
        TORCHSERVE_REST("/predictions/" + WirePayloads.ONNX_MODEL),
        TORCHSERVE_GRPC("/org.pytorch.serve.grpc.inference.InferenceAPIsService/Predictions"),
        TENSORFLOW_REST("/v1/models/" + WirePayloads.MODEL + ":predict"),
        TENSORFLOW_GRPC("/tensorflow.serving.PredictionService/Predict");

        private final String path;

        Protocol(String path) {
            this.path = path;
        }

        /** Whether it is no gRPC. */
        boolean isHttp() {
            return List.of(HTTP, ONNX_HTTP, TENSORFLOW_REST, TORCHSERVE_REST).contains(this);
        }

        /** Of the URL. */
        String path() {
            return path;
        }
    }

    WirePayload {
        Objects.requireNonNull(name, "name");
        Objects.requireNonNull(protocol, "protocol");
        headers = List.copyOf(headers);
    }
}
