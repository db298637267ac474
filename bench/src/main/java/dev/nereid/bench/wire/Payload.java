package dev.nereid.bench.wire;

import java.util.List;
import java.util.Objects;

/**
 * One request to the identity backend, and what a Triton 2.70 took for it on a quiet machine with 2 processors, client and
 * server side by side.
 *
 * @param name what the tables call it
 * @param connections clients of a closed loop
 * @param body of HTTP, or the framed message of gRPC; not to be changed
 * @param headers lines of HTTP beside those that every request has
 * @param answerEnd what the answer over HTTP ends in
 * @param tritonMicros Triton's processor time a request, in microseconds: the least of three rounds
 * @param tritonPerSecond Triton's requests a second: the most of three rounds
 * @param goal the share of Triton's processor time that we want to stay within
 */
@SuppressWarnings("ArrayRecordComponent")
public record Payload(
        String name,
        Protocol protocol,
        int connections,
        byte[] body,
        List<String> headers,
        byte[] answerEnd,
        double tritonMicros,
        double tritonPerSecond,
        double goal) {
    /** How it travels. */
    public enum Protocol {
        HTTP("/v2/models/" + Payloads.MODEL + "/infer"),
        GRPC("/inference.GRPCInferenceService/ModelInfer");

        private final String path;

        Protocol(String path) {
            this.path = path;
        }

        /** Of the URL. */
        public String path() {
            return path;
        }
    }

    public Payload {
        Objects.requireNonNull(name, "name");
        Objects.requireNonNull(protocol, "protocol");
        headers = List.copyOf(headers);
    }
}
