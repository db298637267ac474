package dev.nereid.server.repository.config;

import dev.nereid.proto.inference.ModelConfig;
import dev.nereid.proto.inference.ModelInput;
import dev.nereid.proto.inference.ModelParameter;
import dev.nereid.server.repository.folders.ModelLoadException;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/**
 * What a model config's parameters say of recorded requests.
 *
 * @param mostRecorded requests that are recorded; 0 for none
 * @param replayTime how long an instance may replay recordings
 * @param sampleTime how long an instance may run the samples of {@code model_warmup}
 */
public record WarmupParameters(int mostRecorded, Duration replayTime, Duration sampleTime) {
    private static final String START = "warmup.";
    private static final String RECORD = "warmup.record";
    private static final String REPLAY_SECONDS = "warmup.replay_seconds";
    public static final String SAMPLE_SECONDS = "warmup.sample_seconds";
    private static final List<String> KNOWN = List.of(RECORD, REPLAY_SECONDS, SAMPLE_SECONDS);

    /** A folder of so many files is read at every load. */
    private static final int MOST_RECORDED = 1000;

    private static final int MOST_SECONDS = 3600;
    private static final int USUAL_SECONDS = 10;
    private static final int USUAL_SAMPLE_SECONDS = 300;

    /**
     * Reads and checks the parameters.
     *
     * @throws ModelLoadException that names the parameter, where one is wrong or contradicts the rest of the config
     */
    public static WarmupParameters of(ModelConfig config) {
        for (Map.Entry<String, ModelParameter> entry : config.getParametersMap().entrySet()) {
            String key = entry.getKey();
            require(config, key, !key.startsWith(START) || KNOWN.contains(key), "one of " + KNOWN, key);
        }
        int most = number(config, RECORD, 0, MOST_RECORDED);
        String none = "no such parameter beside ";
        require(config, RECORD, most == 0 || !config.hasSequenceBatching(), none + "sequence_batching", "" + most);
        require(config, RECORD, most == 0 || !config.hasEnsembleScheduling(), none + "ensemble_scheduling", "" + most);
        boolean shapes = config.getInputList().stream().anyMatch(ModelInput::getIsShapeTensor);
        require(config, RECORD, most == 0 || !shapes, none + "an input with is_shape_tensor", "" + most);
        return new WarmupParameters(
                most,
                Duration.ofSeconds(number(config, REPLAY_SECONDS, USUAL_SECONDS, MOST_SECONDS)),
                Duration.ofSeconds(number(config, SAMPLE_SECONDS, USUAL_SAMPLE_SECONDS, MOST_SECONDS)));
    }

    private static int number(ModelConfig config, String key, int usual, int most) {
        if (!config.containsParameters(key)) {
            return usual;
        }
        String text = config.getParametersOrThrow(key).getStringValue();
        int number;
        try {
            number = Integer.parseInt(text.strip());
        } catch (NumberFormatException e) {
            number = -1;
        }
        require(config, key, number >= 0 && number <= most, "a whole number from 0 to " + most, text);
        return number;
    }

    private static void require(ModelConfig config, String key, boolean condition, String expected, String got) {
        if (!condition) {
            throw ModelLoadException.invalid("parameter '" + key + "' of model '" + config.getName() + "': expected "
                    + expected + ", got '" + got + "'");
        }
    }
}
