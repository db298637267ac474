package dev.nereid.server.repository.config;

import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.TextFormat;
import dev.nereid.proto.inference.ModelConfig;
import dev.nereid.server.protocol.InferException;
import dev.nereid.server.protocol.NearestName;
import dev.nereid.server.repository.folders.ModelFiles;
import dev.nereid.server.repository.folders.ModelLoadException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/** Reads model configs from config.pbtxt, protobuf text. Unknown fields are errors. */
public final class ModelConfigReader {
    private static final String FILE_NAME = "config.pbtxt";

    /** What is set twice is a slip, and so are two of which one can be: protobuf for C++ refuses both. */
    private static final TextFormat.Parser TEXT = TextFormat.Parser.newBuilder()
            .setSingularOverwritePolicy(TextFormat.Parser.SingularOverwritePolicy.FORBID_SINGULAR_OVERWRITES)
            .build();

    private final String configName;
    private final boolean required;
    private final ConfigVariables variables;

    /**
     * A reader that prefers one of several configs and takes their text as it is.
     *
     * @param configName {@code <model>/configs/<configName>.pbtxt} is preferred over config.pbtxt; empty for none
     * @param required whether every model must have a config
     */
    public ModelConfigReader(String configName, boolean required) {
        this(configName, required, ConfigVariables.NONE);
    }

    /**
     * A reader that prefers one of several configs.
     *
     * @param configName {@code <model>/configs/<configName>.pbtxt} is preferred over config.pbtxt; empty for none
     * @param required whether every model must have a config
     * @param variables what stands in place of variables in the text
     */
    public ModelConfigReader(String configName, boolean required, ConfigVariables variables) {
        this.configName = configName;
        this.required = required;
        this.variables = variables;
    }

    /** The same that takes texts as they are: no client reads the server's environment. */
    public ModelConfigReader withoutVariables() {
        return new ModelConfigReader(configName, required);
    }

    /** The same for models whose files are copies of those of a store. */
    public ModelConfigReader forStores() {
        return new ModelConfigReader(configName, required, variables.forStores());
    }

    /**
     * The config among a model's files; an empty one for an ONNX file by itself.
     *
     * @throws ModelLoadException if it is missing or malformed
     */
    public ModelConfig read(ModelFiles files) {
        return switch (files) {
            case ModelFiles.Folder(Path folder) -> read(folder);
            case ModelFiles.SingleFile _ -> ModelConfig.getDefaultInstance();
        };
    }

    /**
     * The config in a model's folder; an empty one where the folder holds none and need not.
     *
     * @throws ModelLoadException if it is missing or malformed
     */
    public ModelConfig read(Path modelFolder) {
        Path file = modelFolder.resolve(FILE_NAME);
        if (!configName.isEmpty()) {
            Path preferred = modelFolder.resolve("configs").resolve(configName + ".pbtxt");
            if (Files.exists(preferred)) {
                file = preferred;
            }
        }
        if (!Files.exists(file)) {
            if (required) {
                throw ModelLoadException.invalid(
                        "failed to open text file for read " + file + ": No such file or directory");
            }
            return ModelConfig.getDefaultInstance();
        }
        String text;
        try {
            // Other bytes than UTF-8's may stand in comments.
            text = new String(Files.readAllBytes(file), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw ModelLoadException.invalid("cannot read " + file + ": " + e);
        }
        try {
            ModelConfig.Builder config = ModelConfig.newBuilder();
            TEXT.merge(variables.replace(file, text), config);
            return config.build();
        } catch (TextFormat.ParseException e) {
            throw new ModelLoadException(InferException.Code.INVALID_ARG, located(file, e), e);
        }
    }

    /**
     * What is wrong and where, each as {@code file:line:column: text}. Protobuf lists unknown fields below a heading, one
     * a line behind its position.
     */
    private static String located(Path file, TextFormat.ParseException e) {
        String message = String.valueOf(e.getMessage());
        if (message.contains("unknown fields")) {
            return message.lines()
                    .skip(1)
                    .map(line -> file + ":" + line.replace(":\t", ": unknown field ") + suggestion(line))
                    .collect(Collectors.joining("; "));
        }
        return file + ":" + message;
    }

    /** Which field an unknown one may mean; the line ends in its full name. */
    private static String suggestion(String line) {
        String full = line.substring(line.lastIndexOf('\t') + 1);
        int dot = full.lastIndexOf('.');
        return dot < 0
                ? ""
                : find(ModelConfig.getDescriptor().getFile().getMessageTypes(), full.substring(0, dot))
                        .flatMap(type -> NearestName.of(
                                full.substring(dot + 1),
                                type.getFields().stream()
                                        .map(FieldDescriptor::getName)
                                        .toList()))
                        .map(name -> "; did you mean " + name + "?")
                        .orElse("");
    }

    private static Optional<Descriptor> find(List<Descriptor> types, String fullName) {
        for (Descriptor type : types) {
            if (type.getFullName().equals(fullName)) {
                return Optional.of(type);
            }
            if (fullName.startsWith(type.getFullName() + ".")) {
                return find(type.getNestedTypes(), fullName);
            }
        }
        return Optional.empty();
    }
}
