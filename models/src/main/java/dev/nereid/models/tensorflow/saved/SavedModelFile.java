package dev.nereid.models.tensorflow.saved;

import com.google.protobuf.CodedInputStream;
import dev.nereid.models.ModelFormatException;
import dev.nereid.proto.tensorflow.MetaGraphDef;
import dev.nereid.proto.tensorflow.SavedModel;
import dev.nereid.proto.tensorflow.SignatureDef;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** The file {@code saved_model.pb}: the graphs with their tags, and the signatures of the one that serves. */
public final class SavedModelFile {
    /** The name of the file in its folder. */
    public static final String NAME = "saved_model.pb";

    /** The signature that is called when a request names none. */
    public static final String DEFAULT_SIGNATURE = "serving_default";

    /** The tags of the graph that serves, unless a config says others. */
    static final String SERVE = "serve";

    private static final String TEXT_NAME = "saved_model.pbtxt";

    /** Made on import for TensorFlow's bookkeeping; its output is no tensor. */
    private static final String INITIALIZATION = "__saved_model_init_op";

    private static final int DEEPEST_MESSAGE = 100;

    private SavedModelFile() {}

    /** Whether a path is the folder of a SavedModel. */
    public static boolean isFolder(Path folder) {
        return Files.isRegularFile(folder.resolve(NAME)) || Files.isRegularFile(folder.resolve(TEXT_NAME));
    }

    /**
     * The graph with some tags.
     *
     * @param tags separated by commas
     * @throws ModelFormatException if there is none, or the file cannot be read
     */
    static MetaGraphDef read(Path folder, String tags) {
        Path file = folder.resolve(NAME);
        if (!Files.isRegularFile(file)) {
            throw new ModelFormatException("there is no '" + NAME + "'"
                    + (Files.isRegularFile(folder.resolve(TEXT_NAME))
                            ? ", only '" + TEXT_NAME + "': save the model with as_text=False"
                            : ""));
        }
        SavedModel model = parse(file);
        if (model.getSavedModelSchemaVersion() != 1) {
            throw new ModelFormatException(
                    "'" + NAME + "': it has the schema version " + model.getSavedModelSchemaVersion() + ": expected 1");
        }
        Set<String> wanted = Set.of(tags.split(",", -1));
        return model.getMetaGraphsList().stream()
                .filter(each -> Set.copyOf(each.getMetaInfoDef().getTagsList()).equals(wanted))
                .findFirst()
                .orElseThrow(() -> new ModelFormatException("it has no graph with the tags " + new TreeSet<>(wanted)
                        + ", only with "
                        + model.getMetaGraphsList().stream()
                                .map(each -> each.getMetaInfoDef().getTagsList().toString())
                                .collect(Collectors.joining(", "))));
    }

    private static SavedModel parse(Path file) {
        try (InputStream in = Files.newInputStream(file)) {
            CodedInputStream coded = CodedInputStream.newInstance(in);
            coded.setRecursionLimit(DEEPEST_MESSAGE);
            coded.setSizeLimit(Integer.MAX_VALUE);
            return SavedModel.parseFrom(coded);
        } catch (IOException e) {
            throw new ModelFormatException("'" + NAME + "' cannot be read: " + e.getMessage(), e);
        }
    }

    /**
     * The names of the signatures that a folder's model has, in the order of the alphabet.
     *
     * @throws ModelFormatException if the folder cannot be read
     */
    public static List<String> signatures(Path folder) {
        return List.copyOf(signatures(read(folder, SERVE)).keySet());
    }

    static SortedMap<String, SignatureDef> signatures(MetaGraphDef graph) {
        SortedMap<String, SignatureDef> signatures = new TreeMap<>(graph.getSignatureDefMap());
        signatures.remove(INITIALIZATION);
        return signatures;
    }

    /**
     * A signature of a graph.
     *
     * @param name empty for the default one, or the only one
     * @throws ModelFormatException if there is none of that name
     */
    static SignatureDef signature(MetaGraphDef graph, String name) {
        SortedMap<String, SignatureDef> all = signatures(graph);
        String wanted = name.isEmpty() ? DEFAULT_SIGNATURE : name;
        SignatureDef found = all.get(wanted);
        if (found == null && name.isEmpty() && all.size() == 1) {
            found = all.sequencedValues().getFirst();
        }
        if (found == null) {
            throw new ModelFormatException("it has no signature '" + wanted + "', only " + all.keySet());
        }
        return found;
    }
}
