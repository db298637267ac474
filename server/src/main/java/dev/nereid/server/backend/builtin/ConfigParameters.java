package dev.nereid.server.backend.builtin;

import dev.nereid.proto.inference.ModelConfig;
import dev.nereid.proto.inference.ModelParameter;
import dev.nereid.server.protocol.InferException;

/** Reads the {@code parameters} of a model config. */
final class ConfigParameters {
    private ConfigParameters() {}

    /**
     * A number that is not negative; 0 where the config does not have the parameter.
     *
     * @throws InferException if the text is something else
     */
    static long number(ModelConfig config, String parameter) {
        String text = config.getParametersMap()
                .getOrDefault(parameter, ModelParameter.getDefaultInstance())
                .getStringValue();
        long number;
        try {
            number = text.isEmpty() ? 0 : Long.parseLong(text);
        } catch (NumberFormatException e) {
            throw new InferException(InferException.Code.INVALID_ARG, wrong(config, parameter, text), e);
        }
        if (number < 0) {
            throw InferException.invalid(wrong(config, parameter, text));
        }
        return number;
    }

    private static String wrong(ModelConfig config, String parameter, String text) {
        return "parameter '" + parameter + "' of model '" + config.getName() + "': expected a number, got '" + text
                + "'";
    }
}
