package dev.nereid.server.repository.config;

import dev.nereid.proto.inference.ModelConfig;
import dev.nereid.server.repository.folders.ModelLoadException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/** Fills in backend, platform and file name from each other or from the files that are there, as Triton does. */
public final class BackendNames {
    /** What a model of one kind is called. */
    private record Kind(String file, String backend, String platform) {}

    /** In the order in which their files are looked for. */
    private static final List<Kind> KINDS = List.of(
            new Kind("model.savedmodel", "tensorflow", "tensorflow_savedmodel"),
            new Kind("model.graphdef", "tensorflow", "tensorflow_graphdef"),
            new Kind("saved_model.pb", "tensorflow", "tensorflow_savedmodel"),
            new Kind("model.plan", "tensorrt", "tensorrt_plan"),
            new Kind("model.onnx", "onnxruntime", "onnxruntime_onnx"),
            new Kind("model.xml", "openvino", ""),
            new Kind("model.pt", "pytorch", "pytorch_libtorch"),
            new Kind("model.pt2", "pytorch", "torch_aoti"),
            new Kind("model.py", "python", ""),
            new Kind("model.jar", "java", ""),
            new Kind("xgboost.model", "fil", ""),
            new Kind("xgboost.json", "fil", ""),
            new Kind("xgboost.ubj", "fil", ""),
            new Kind("model.txt", "fil", ""),
            new Kind("checkpoint.tl", "fil", ""),
            new Kind("model.tflite", "tflite", ""),
            new Kind("model.tflite", "tensorflow_lite", ""),
            new Kind("model.tflite", "armnn_tflite", ""));

    private static final String ADVICE_ONNX = "export the model to ONNX and serve it with backend 'onnxruntime'";

    private static final Map<String, String> ADVICE = Map.of(
            "tensorrt",
                    "a TensorRT plan cannot be converted back: export the model it was built from to ONNX and serve "
                            + "that with backend 'onnxruntime'",
            "openvino", "export the model it was converted from to ONNX and serve that with backend 'onnxruntime'",
            "python",
                    "export what model.py computes to ONNX and serve it with backend 'onnxruntime', or write it in Java "
                            + "for backend 'java'");

    private BackendNames() {}

    /** The backend whose models are in files of such a name; empty for other names. */
    public static Optional<String> ofFile(String name) {
        return KINDS.stream()
                .filter(kind -> kind.file().equals(name))
                .map(Kind::backend)
                .findFirst();
    }

    /**
     * Completes the names.
     *
     * @param versionFolder the folder with the model's files
     * @throws ModelLoadException if nothing says what the model is, or platform and backend belong to different kinds
     */
    public static ModelConfig complete(ModelConfig config, Path versionFolder) {
        return complete(config, versionFolder, () -> "");
    }

    /**
     * As the other method does.
     *
     * @param advice what follows the sentence that says that nothing tells what the model is
     */
    public static ModelConfig complete(ModelConfig config, Path versionFolder, Supplier<String> advice) {
        if (config.getPlatform().equals("ensemble")) {
            return config;
        }
        Kind kind = kind(config, versionFolder);
        ModelConfig.Builder builder = config.toBuilder();
        if (kind != null) {
            if (config.getBackend().isEmpty()) {
                builder.setBackend(kind.backend());
            }
            if (config.getPlatform().isEmpty()) {
                builder.setPlatform(kind.platform());
            }
            if (config.getDefaultModelFilename().isEmpty()) {
                builder.setDefaultModelFilename(file(kind, versionFolder));
            }
        } else if (config.getBackend().isEmpty()
                && config.getPlatform().isEmpty()
                && config.getDefaultModelFilename().isEmpty()) {
            int dot = config.getName().indexOf('.');
            if (dot <= 0 || dot == config.getName().length() - 1) {
                throw ModelLoadException.invalid("Invalid model name: Could not determine backend for model '"
                        + config.getName() + "' with no backend in model configuration. Expected model name of the "
                        + "form 'model.<backend_name>'." + advice.get());
            }
            String backend = config.getName().substring(dot + 1);
            builder.setBackend(backend).setDefaultModelFilename("model." + backend);
        }
        check(builder);
        return builder.build();
    }

    private static void check(ModelConfig.Builder config) {
        if (config.getBackend().isEmpty()) {
            throw ModelLoadException.invalid(
                    "unexpected platform type '" + config.getPlatform() + "' for " + config.getName()
                            + (config.getPlatform().isEmpty()
                                    ? "; config.pbtxt names a file and no backend: add backend: \"onnxruntime\" if it is an "
                                            + "ONNX model"
                                    : ""));
        }
        // A backend that is nobody's kind may call its platform what it likes.
        boolean known = KINDS.stream()
                .anyMatch(kind -> !kind.platform().isEmpty() && kind.backend().equals(config.getBackend()));
        if (known
                && KINDS.stream()
                        .noneMatch(kind -> kind.backend().equals(config.getBackend())
                                && kind.platform().equals(config.getPlatform()))) {
            throw ModelLoadException.invalid("unexpected 'platform' and 'backend' pair, got:" + config.getPlatform()
                    + ", " + config.getBackend());
        }
    }

    /** Why a model of this backend is not loaded: first in Triton's words, then what to do about it. */
    public static String notAvailable(ModelConfig config) {
        String backend = config.getBackend();
        String missing = config.getRuntime().isEmpty()
                ? "unable to find backend library for backend '" + backend
                        + "', try specifying runtime on the model configuration."
                : "unable to find backend library '" + config.getRuntime() + "' for model '" + config.getName() + "'.";
        return missing + " Nereid has no backend '" + backend + "': " + ADVICE.getOrDefault(backend, ADVICE_ONNX);
    }

    /**
     * Checks which library a config wants its backend to be. The backends are built in, so it can only be the one that
     * bears the backend's name.
     *
     * @throws ModelLoadException if it is another one; the texts begin as Triton's
     */
    public static void checkRuntime(ModelConfig config) {
        String runtime = config.getRuntime();
        String backend = config.getBackend();
        String own = "libtriton_" + backend + ".so";
        if (runtime.isEmpty() || runtime.equals(own)) {
            return;
        }
        if (runtime.startsWith("/") || List.of(runtime.split("/", -1)).contains("..")) {
            throw ModelLoadException.invalid("backend library name '" + runtime + "' escapes backend directory '"
                    + backend + "', for model '" + config.getName() + "', check model config runtime field");
        }
        throw ModelLoadException.invalid("unable to find backend library '" + runtime + "' for model '"
                + config.getName() + "', the only one of backend '" + backend + "' is '" + own + "'");
    }

    /** A kind's file; where it is not there, that of another kind of the same backend which is. */
    private static String file(Kind kind, Path versionFolder) {
        return Files.exists(versionFolder.resolve(kind.file()))
                ? kind.file()
                : KINDS.stream()
                        .filter(other -> other.backend().equals(kind.backend())
                                && Files.exists(versionFolder.resolve(other.file())))
                        .findFirst()
                        .orElse(kind)
                        .file();
    }

    private static @org.jspecify.annotations.Nullable Kind kind(ModelConfig config, Path versionFolder) {
        if (!config.getPlatform().isEmpty()) {
            // Where the platform is nobody's, Triton lets the file's name say the backend, and then refuses the pair.
            return KINDS.stream()
                    .filter(kind -> kind.platform().equals(config.getPlatform()))
                    .findFirst()
                    .or(() -> KINDS.stream()
                            .filter(kind -> config.getBackend().isEmpty()
                                    && !kind.backend().equals("tensorflow"))
                            .filter(kind -> kind.file().equals(config.getDefaultModelFilename()))
                            .findFirst())
                    .orElse(null);
        }
        List<Kind> named = KINDS.stream()
                .filter(kind -> kind.backend().equals(config.getBackend()))
                .toList();
        if (!config.getBackend().isEmpty()) {
            return named.stream()
                    .filter(kind -> Files.exists(versionFolder.resolve(kind.file())))
                    .findFirst()
                    .orElse(named.isEmpty() ? null : named.getFirst());
        }
        return KINDS.stream()
                .filter(kind -> kind.file().equals(config.getDefaultModelFilename()))
                .findFirst()
                .or(() -> KINDS.stream()
                        .filter(kind -> Files.exists(versionFolder.resolve(kind.file())))
                        .findFirst())
                .orElse(null);
    }
}
