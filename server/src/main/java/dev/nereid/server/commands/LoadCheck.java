package dev.nereid.server.commands;

import dev.nereid.kernels.KernelSelection;
import dev.nereid.kernels.parallel.WorkerPool;
import dev.nereid.models.LoadedModel.Port;
import dev.nereid.models.ModelFormatException;
import dev.nereid.models.ModelLoader;
import dev.nereid.models.ModelSignature;
import dev.nereid.proto.inference.ModelConfig;
import dev.nereid.server.Kernels;
import dev.nereid.server.backend.BackendModel;
import dev.nereid.server.backend.plan.PlanBackend;
import dev.nereid.server.backend.plan.PlanFormat;
import dev.nereid.server.protocol.InferException;
import dev.nereid.server.repository.config.BackendNames;
import dev.nereid.server.repository.folders.ModelFileKind;
import dev.nereid.server.repository.folders.ModelFiles;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/** Whether and how a server would serve a model, found out by loading it. */
final class LoadCheck {
    /** What --default-max-batch-size is unless a server is told otherwise. */
    private static final int DEFAULT_MAX_BATCH_SIZE = 4;

    /**
     * What came of loading a model.
     *
     * @param config its complete config; empty where it does not load
     * @param signature inputs and outputs as the file names their dims; empty for a model without such a file
     * @param memoryBytes native memory of its weights and first runs
     * @param reason why it cannot be served; empty where it can
     */
    record Verdict(Optional<ModelConfig> config, Optional<ModelSignature> signature, long memoryBytes, String reason) {
        static Verdict refused(String reason) {
            return new Verdict(Optional.empty(), Optional.empty(), 0, reason);
        }

        boolean isServed() {
            return reason.isEmpty();
        }

        void print(PrintStream out) {
            if (!isServed()) {
                out.println("cannot be served: " + reason);
                return;
            }
            if (memoryBytes > 0) {
                out.println("memory      " + InspectCommand.size(memoryBytes));
            }
            out.println("can be served");
            out.println("config.pbtxt");
            ConfigTemplate.lines(config.orElseThrow(), dims()).forEach(line -> out.println("  " + line));
        }

        /** The dims of each input and output, as the file names them. */
        private Map<String, List<String>> dims() {
            Map<String, List<String>> dims = new HashMap<>();
            signature.ifPresent(known -> Stream.of(known.inputs(), known.overridable(), known.outputs())
                    .flatMap(List::stream)
                    .filter(port -> port.type().hasRank())
                    .forEach(port -> dims.put(port.name(), names(port))));
            return dims;
        }

        private static List<String> names(Port port) {
            return port.type().dims().orElseThrow().stream()
                    .map(Object::toString)
                    .toList();
        }
    }

    private LoadCheck() {}

    /** The verdict on a file, as if it were the only version of a model without a config. */
    static Verdict ofFile(Path file) {
        Path absolute = file.toAbsolutePath();
        String fileName = String.valueOf(absolute.getFileName());
        PlanFormat format = format(absolute);
        ModelConfig config = ModelConfig.newBuilder()
                .setName(name(absolute))
                .setBackend(format.backend())
                .setDefaultModelFilename(fileName)
                .build();
        try (WorkerPool workers = new WorkerPool(1)) {
            PlanBackend backend = backend(workers).of(format);
            Path folder = absolute.resolveSibling("");
            ModelConfig complete = backend.complete(config, folder, DEFAULT_MAX_BATCH_SIZE);
            BackendModel model = backend.load(complete, folder);
            long bytes = model.memoryBytes();
            model.close();
            ModelConfig shown = complete.toBuilder().clearDefaultModelFilename().build();
            return new Verdict(Optional.of(shown), signature(absolute), bytes, "");
        } catch (InferException e) {
            String cause =
                    e.getCause() instanceof ModelFormatException wrong ? String.valueOf(wrong.getMessage()) : e.text();
            return Verdict.refused(cause);
        }
    }

    /** What the model is called: as its file, or as the folder of a SavedModel. */
    private static String name(Path file) {
        return file.endsWith(PlanFormat.TENSORFLOW.fileInFolder())
                ? String.valueOf(file.resolveSibling("").getFileName())
                : ModelFiles.modelName(file);
    }

    /** The family of a file, by its name: ONNX where that says nothing. */
    private static PlanFormat format(Path file) {
        String backend = ModelFileKind.of(file)
                .map(ModelFileKind::backend)
                .or(() -> BackendNames.ofFile(String.valueOf(file.getFileName())))
                .orElse("");
        return PlanFormat.ofBackend(backend).orElse(PlanFormat.ONNX);
    }

    /** The backend of ONNX models with the kernels that a server here would choose. */
    static PlanBackend backend(WorkerPool workers) {
        return new PlanBackend(Kernels.select(KernelSelection.LAYERS).kernels(), workers);
    }

    /** What a file says of inputs and outputs; empty where it is no model. */
    static Optional<ModelSignature> signature(Path file) {
        try {
            return Optional.of(ModelLoader.signature(file));
        } catch (ModelFormatException e) {
            return Optional.empty();
        }
    }
}
