package dev.nereid.models.tensorflow.saved;

import com.google.protobuf.CodedInputStream;
import dev.nereid.models.ModelFormatException;
import dev.nereid.models.imported.SignatureName;
import dev.nereid.proto.tensorflow.MetaGraphDef;
import dev.nereid.proto.tensorflow.SavedModel;
import dev.nereid.proto.tensorflow.SignatureDef;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
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

    /** The parameters of a config by which Triton's backend chooses a graph and a signature. */
    static final String TAG_PARAMETER = "TF_GRAPH_TAG";

    static final String SIGNATURE_PARAMETER = "TF_SIGNATURE_DEF";

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
     * The signatures that a folder's model has: the one that the parameters of a config choose, or the default one, and then the
     * others by name.
     *
     * @throws ModelFormatException if the folder cannot be read, or there is no signature of that name
     */
    public static List<SignatureName> signatures(Path folder, Map<String, String> parameters) {
        MetaGraphDef graph = graph(folder, parameters);
        String chosen = chosen(graph, parameters);
        List<SignatureName> names = new ArrayList<>();
        signatures(graph).forEach((name, signature) -> names.add(new SignatureName(name, signature.getMethodName())));
        names.sort(Comparator.comparing(each -> !each.name().equals(chosen)));
        return names;
    }

    /** The graph that the parameters of a config choose. */
    static MetaGraphDef graph(Path folder, Map<String, String> parameters) {
        return read(folder, parameters.getOrDefault(TAG_PARAMETER, SERVE));
    }

    static SortedMap<String, SignatureDef> signatures(MetaGraphDef graph) {
        SortedMap<String, SignatureDef> signatures = new TreeMap<>(graph.getSignatureDefMap());
        signatures.remove(INITIALIZATION);
        return signatures;
    }

    /**
     * The signature of a graph that the parameters of a config choose; without, the default one, or the first by name where none
     * is called so.
     *
     * @throws ModelFormatException if there is none of that name, or none at all
     */
    static SignatureDef signature(MetaGraphDef graph, Map<String, String> parameters) {
        return graph.getSignatureDefOrThrow(chosen(graph, parameters));
    }

    private static String chosen(MetaGraphDef graph, Map<String, String> parameters) {
        SortedMap<String, SignatureDef> all = signatures(graph);
        String named = parameters.getOrDefault(SIGNATURE_PARAMETER, "");
        if (named.isEmpty() && !all.isEmpty()) {
            return all.containsKey(DEFAULT_SIGNATURE) ? DEFAULT_SIGNATURE : all.firstKey();
        }
        if (!all.containsKey(named)) {
            throw new ModelFormatException("it has no signature '" + (named.isEmpty() ? DEFAULT_SIGNATURE : named)
                    + "', only " + all.keySet());
        }
        return named;
    }
}
