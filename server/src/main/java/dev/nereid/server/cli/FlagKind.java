package dev.nereid.server.cli;

import java.util.Locale;
import java.util.Set;

/** What a flag's value is, and how the text of one is checked. The texts of refusals are Triton's. */
public enum FlagKind {
    /** A flag without a value. */
    NONE(""),
    TEXT("text"),
    PATH("path"),
    BOOLEAN("true|false") {
        @Override
        void check(String value) {
            FlagValues.bool(value);
        }
    },
    INTEGER("n") {
        @Override
        void check(String value) {
            FlagValues.integer(value);
        }
    },
    LONG("n") {
        @Override
        void check(String value) {
            FlagValues.longInteger(value);
        }
    },
    REAL("x") {
        @Override
        void check(String value) {
            FlagValues.real(value);
        }
    },
    /** An integer, or a boolean that stands for 0 and 1. */
    VERBOSITY("n|true|false") {
        @Override
        void check(String value) {
            FlagValues.verbosity(value);
        }
    },
    /** Two parts around a colon. */
    PAIR("first:second") {
        @Override
        void check(String value) {
            if (value.indexOf(':') < 0) {
                throw new IllegalArgumentException("Cannot parse pair option due to incorrect number of inputs."
                        + "--<pair option> argument requires format <first>:<second>. Found: " + value);
            }
        }
    },
    /** A name, a count, and perhaps a device, around colons; its flag's reader refuses others, in the flag's own words. */
    RESOURCE("name:count[:device]"),
    GRPC_THREADS("n") {
        @Override
        void check(String value) {
            int threads = FlagValues.integer(value);
            if (threads < 2 || threads > 128) {
                throw new IllegalArgumentException(
                        "invalid argument for --grpc_infer_thread_count. Must be in the range 2 to 128.");
            }
        }
    },
    GRPC_RESPONSES("n") {
        @Override
        void check(String value) {
            if (FlagValues.integer(value) <= 0) {
                throw new IllegalArgumentException("Error: --grpc-max-response-pool-size must be greater than 0.");
            }
        }
    },
    /** {@code name=value}; its flag's reader refuses others, in the flag's own words. */
    SETTING("setting=value") {
        @Override
        void check(String value) {}
    },
    COMPRESSION("none|low|medium|high") {
        @Override
        void check(String value) {
            if (!Set.of("none", "low", "medium", "high").contains(value.toLowerCase(Locale.ROOT))) {
                throw new IllegalArgumentException("invalid argument for --grpc_infer_response_compression_level");
            }
        }
    },
    CONTROL_MODE("none|poll|explicit|on-demand") {
        @Override
        void check(String value) {
            if (!Set.of("none", "poll", "explicit", "on-demand").contains(value.toLowerCase(Locale.ROOT))) {
                throw new IllegalArgumentException("invalid argument for --model-control-mode");
            }
        }
    },
    RATE_LIMIT("off|execution_count") {
        @Override
        void check(String value) {
            if (!Set.of("off", "execution_count").contains(value.toLowerCase(Locale.ROOT))) {
                throw new IllegalArgumentException("invalid argument for --rate-limit");
            }
        }
    },
    LOG_FORMAT("default|ISO8601|json") {
        @Override
        void check(String value) {
            if (!Set.of("default", "ISO8601", "json").contains(value)) {
                throw new IllegalArgumentException("invalid argument for --log-format");
            }
        }
    };

    private final String placeholder;

    FlagKind(String placeholder) {
        this.placeholder = placeholder;
    }

    /** What the usage shows for the value. */
    String placeholder() {
        return placeholder;
    }

    /** Refuses a text that is no value of this kind, with an {@link IllegalArgumentException} that says why. */
    void check(String value) {}
}
