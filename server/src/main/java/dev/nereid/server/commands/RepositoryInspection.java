package dev.nereid.server.commands;

import dev.nereid.kernels.parallel.WorkerPool;
import dev.nereid.memory.SlabPool;
import dev.nereid.models.ModelSignature;
import dev.nereid.proto.inference.ModelConfig;
import dev.nereid.server.backend.Backend;
import dev.nereid.server.backend.BackendModel;
import dev.nereid.server.backend.Backends;
import dev.nereid.server.backend.ForwardingBackend;
import dev.nereid.server.backend.builtin.BuiltInBackends;
import dev.nereid.server.backend.plan.PlanFormat;
import dev.nereid.server.cli.CommandLineException;
import dev.nereid.server.commands.LoadCheck.Verdict;
import dev.nereid.server.protocol.InferException;
import dev.nereid.server.repository.ControlMode;
import dev.nereid.server.repository.LoadParameters;
import dev.nereid.server.repository.ModelRepository;
import dev.nereid.server.repository.RepositoryConfig;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** What a server would make of a model's folder or of a repository: each model is loaded, looked at and unloaded. */
final class RepositoryInspection {
    private static final long RETAINED_BYTES = 1 << 20;

    private final PrintStream out;

    RepositoryInspection(PrintStream out) {
        this.out = out;
    }

    /** Prints a paragraph for each model; whether all of them can be served. */
    boolean inspect(Path folder) {
        Path absolute = folder.toAbsolutePath().normalize();
        boolean model = isModel(absolute);
        Path root = model ? absolute.resolveSibling("") : absolute;
        List<Path> models = model ? List.of(absolute) : models(absolute);
        if (models.isEmpty()) {
            throw new CommandLineException(folder + " holds no model: expected <model>/<version>/model.onnx, or a"
                    + " model's own folder with its versions");
        }
        Map<String, Long> memory = new ConcurrentHashMap<>();
        try (WorkerPool workers = new WorkerPool(1);
                SlabPool requests = new SlabPool(RETAINED_BYTES)) {
            List<Backend> backends = Stream.concat(
                            BuiltInBackends.all(requests).stream(),
                            Stream.of(PlanFormat.values()).map(LoadCheck.backend(workers)::of))
                    .<Backend>map(backend -> new MeasuredBackend(backend, memory))
                    .toList();
            RepositoryConfig config = RepositoryConfig.of(root).withMode(ControlMode.EXPLICIT, List.of());
            ModelRepository repository = ModelRepository.start(config, new Backends(backends));
            try {
                boolean all = true;
                for (Path each : models) {
                    all &= inspect(repository, each, memory);
                }
                return all;
            } finally {
                repository.close(Duration.ofSeconds(10));
            }
        }
    }

    private boolean inspect(ModelRepository repository, Path folder, Map<String, Long> memory) {
        String name = String.valueOf(folder.getFileName());
        out.println("model " + name);
        Verdict verdict = verdict(repository, folder, name, memory);
        verdict.print(out);
        out.println();
        return verdict.isServed();
    }

    private static Verdict verdict(ModelRepository repository, Path folder, String name, Map<String, Long> memory) {
        try {
            repository.load(name, LoadParameters.NONE);
            ModelConfig config = repository.find(name, "").config();
            Optional<ModelSignature> signature = file(folder, config).flatMap(LoadCheck::signature);
            Verdict verdict = new Verdict(Optional.of(config), signature, memory.getOrDefault(name, 0L), "");
            repository.unload(name, true);
            return verdict;
        } catch (InferException e) {
            String reasons = repository.index(false).stream()
                    .filter(entry ->
                            entry.name().equals(name) && !entry.reason().isEmpty())
                    .map(entry -> entry.reason())
                    .distinct()
                    .collect(Collectors.joining("; "));
            return Verdict.refused(reasons.isEmpty() ? e.text() : reasons);
        }
    }

    /** The file of a model's highest version. */
    private static Optional<Path> file(Path folder, ModelConfig config) {
        String name = config.getDefaultModelFilename().isEmpty()
                ? PlanFormat.ofBackend(config.getBackend())
                        .orElse(PlanFormat.ONNX)
                        .file()
                : config.getDefaultModelFilename();
        return versions(folder).stream()
                .map(version -> version.resolve(name))
                .filter(Files::isRegularFile)
                .reduce((_, last) -> last);
    }

    private static boolean isModel(Path folder) {
        return Files.isRegularFile(folder.resolve("config.pbtxt"))
                || !versions(folder).isEmpty();
    }

    private static List<Path> versions(Path folder) {
        return folders(folder).stream()
                .filter(each -> String.valueOf(each.getFileName()).matches("[0-9]{1,18}"))
                .sorted((a, b) -> Long.compare(number(a), number(b)))
                .toList();
    }

    private static long number(Path version) {
        return Long.parseLong(String.valueOf(version.getFileName()));
    }

    private static List<Path> models(Path root) {
        return folders(root).stream()
                .filter(each -> !String.valueOf(each.getFileName()).startsWith("."))
                .toList();
    }

    private static List<Path> folders(Path folder) {
        try (Stream<Path> entries = Files.list(folder)) {
            return entries.filter(Files::isDirectory).sorted().toList();
        } catch (IOException e) {
            throw new CommandLineException(folder + " cannot be read: " + e);
        }
    }

    /** Decorator: keeps what each model's memory came to. */
    private static final class MeasuredBackend extends ForwardingBackend {
        private final Map<String, Long> memory;

        MeasuredBackend(Backend inner, Map<String, Long> memory) {
            super(inner);
            this.memory = memory;
        }

        @Override
        public BackendModel load(ModelConfig config, Path versionFolder) {
            BackendModel model = super.load(config, versionFolder);
            if (PlanFormat.ofBackend(name()).isPresent()) {
                memory.merge(config.getName(), model.memoryBytes(), Long::sum);
            }
            return model;
        }
    }
}
