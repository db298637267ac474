package dev.nereid.bench.models;

import dev.nereid.proto.onnx.ModelProto;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The files of models that are written when they are asked for. */
public final class MadeUpModels {
    /** Layers whose weights push each other's out of a cache, as those of a large model do. */
    private static final int LAYERS = 3;

    private static final int OPERATOR_SET = 21;
    private static final Pattern DENSE = Pattern.compile("dense-([1-9]\\d{0,3})");

    private MadeUpModels() {}

    /** The file of the model {@code dense-N}: {@value #LAYERS} products of a row with constant [N, N], one after the other. */
    public static Optional<Path> dense(String name) {
        Matcher dense = DENSE.matcher(name);
        if (!dense.matches()) {
            return Optional.empty();
        }
        Path file = path(name);
        if (!Files.exists(file)) {
            write(dense(Integer.parseInt(dense.group(1))), file);
        }
        return Optional.of(file);
    }

    /** The file of a family's model, written anew. */
    public static Path operator(OperatorFamily family, OperatorModel model) {
        Path file = path(family.name() + "/" + model.name());
        write(model.graph().get(), file);
        return file;
    }

    private static Path path(String name) {
        return Path.of(System.getProperty("nereid.home", "."), "bench/target/models", name, "model.onnx");
    }

    private static ModelProto dense(int width) {
        GraphWriter graph = new GraphWriter(OPERATOR_SET);
        String x = graph.input("x", -1, width);
        for (int layer = 0; layer < LAYERS; layer++) {
            x = graph.node("MatMul", x, graph.weights("w" + layer, width, width, width));
        }
        return graph.model(x);
    }

    private static void write(ModelProto model, Path file) {
        try {
            Path folder = Files.createDirectories(file.toAbsolutePath().getParent());
            Path part = Files.createTempFile(folder, "model", ".part");
            Files.write(part, model.toByteArray());
            Files.move(part, file, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot write " + file, e);
        }
    }
}
