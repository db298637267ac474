package dev.nereid.server;

import com.google.protobuf.TextFormat;
import dev.nereid.proto.inference.ModelConfig;

/** Configs of models as text, as {@code config.pbtxt} has them. */
public final class ConfigText {
    private ConfigText() {}

    /** Reads a config. */
    public static ModelConfig parse(String text) {
        try {
            return TextFormat.parse(text, ModelConfig.class);
        } catch (TextFormat.ParseException e) {
            throw new IllegalArgumentException(text, e);
        }
    }
}
