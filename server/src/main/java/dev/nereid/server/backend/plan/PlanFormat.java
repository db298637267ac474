package dev.nereid.server.backend.plan;

import java.util.Optional;
import java.util.stream.Stream;

/** A family of model files that the engine runs, under the backend's name that Triton has for it. */
public enum PlanFormat {
    ONNX("onnxruntime", "model.onnx"),
    PYTORCH("pytorch", "model.pt"),
    TREES("fil", "xgboost.model"),
    TFLITE("tflite", "model.tflite"),
    TENSORFLOW_LITE("tensorflow_lite", "model.tflite"),
    ARMNN_TFLITE("armnn_tflite", "model.tflite"),
    TENSORFLOW("tensorflow", "model.savedmodel", "saved_model.pb");

    private final String backend;
    private final String file;
    private final String fileInFolder;

    PlanFormat(String backend, String file) {
        this(backend, file, file);
    }

    PlanFormat(String backend, String file, String fileInFolder) {
        this.backend = backend;
        this.file = file;
        this.fileInFolder = fileInFolder;
    }

    /** The family that a backend serves; empty for backends that run no such files. */
    public static Optional<PlanFormat> ofBackend(String backend) {
        return Stream.of(values())
                .filter(format -> format.backend.equals(backend))
                .findFirst();
    }

    /** The name that model configs know. */
    public String backend() {
        return backend;
    }

    /** The file of a version whose config names none. */
    public String file() {
        return file;
    }

    /** Where the name of a version's file is that of a folder, as of a model with other files beside it: the file in it. */
    public String fileInFolder() {
        return fileInFolder;
    }
}
