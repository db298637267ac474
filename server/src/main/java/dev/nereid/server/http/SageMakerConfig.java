package dev.nereid.server.http;

import java.util.Objects;

/**
 * Where and how the front for SageMaker listens.
 *
 * @param http address, port, limits and restricted API groups
 * @param ping what a ping asks
 * @param defaultModel the model of invocations; empty for the only one that there is
 * @param inference what an invocation is
 */
public record SageMakerConfig(HttpConfig http, Ping ping, String defaultModel, Inference inference) {
    /** A question about the server's health. */
    public enum Ping {
        READY("ready"),
        LIVE("live");

        private final String word;

        Ping(String word) {
            this.word = word;
        }

        /** Its name in paths and variables. */
        public String word() {
            return word;
        }
    }

    /** A call that a model answers. */
    public enum Inference {
        INFER("infer"),
        GENERATE("generate"),
        GENERATE_STREAM("generate_stream");

        private final String word;

        Inference(String word) {
            this.word = word;
        }

        /** Its name in paths and variables. */
        public String word() {
            return word;
        }
    }

    public SageMakerConfig {
        Objects.requireNonNull(http, "http");
        Objects.requireNonNull(ping, "ping");
        Objects.requireNonNull(defaultModel, "defaultModel");
        Objects.requireNonNull(inference, "inference");
    }
}
