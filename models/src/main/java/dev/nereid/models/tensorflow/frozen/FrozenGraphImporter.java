package dev.nereid.models.tensorflow.frozen;

import com.google.protobuf.CodedInputStream;
import com.google.protobuf.UnsafeByteOperations;
import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.Graph;
import dev.nereid.models.imported.DeclaredPorts;
import dev.nereid.models.imported.ImportMemory;
import dev.nereid.models.imported.ImportedModel;
import dev.nereid.models.operators.OperatorSet;
import dev.nereid.models.tensorflow.operators.GraphLowering;
import dev.nereid.proto.tensorflow.GraphDef;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** Reads frozen graphs: files that hold a GraphDef and nothing else. */
public final class FrozenGraphImporter {
    /** How much of a file tells whether it may be a frozen graph. */
    public static final int BEGINNING = 16;

    /** Field 1 of a message, with its length: a node of a graph, the name of a node. */
    private static final int FIRST_FIELD = 0x0a;

    private static final int LONGEST_LENGTH = 5;

    private FrozenGraphImporter() {}

    /**
     * Whether a file begins as a frozen graph does: with a node, which begins with its name.
     *
     * @param beginning its first bytes, {@link #BEGINNING} if it has so many
     */
    public static boolean reads(byte[] beginning) {
        if (beginning.length < 3 || beginning[0] != FIRST_FIELD) {
            return false;
        }
        int length = 1;
        while (length <= LONGEST_LENGTH && length < beginning.length - 1 && beginning[length] < 0) {
            length++;
        }
        return length <= LONGEST_LENGTH && length + 1 < beginning.length && beginning[length + 1] == FIRST_FIELD;
    }

    /**
     * Imports the graph in a file. The caller closes the model.
     *
     * @param operators what the engine has
     * @param declared the names of inputs and outputs, which are those of nodes, and types of inputs of which the graph
     *     knows no shape; where it names none, the Placeholders are the inputs and what no node reads are the outputs
     * @throws ModelFormatException if the file cannot be read or is no graph that can be served
     */
    public static ImportedModel load(Path file, OperatorSet operators, DeclaredPorts declared) {
        String name = String.valueOf(file.getFileName());
        return ImportedModel.read(
                "TensorFlow graph", file, memory -> load(name, memory.map(file), operators, declared, memory));
    }

    /** As {@link #load(Path, OperatorSet, DeclaredPorts)}, of the bytes of a file. They are copied. */
    public static ImportedModel load(byte[] file, OperatorSet operators, DeclaredPorts declared) {
        return ImportedModel.read(memory -> load("model", memory.copy(file), operators, declared, memory));
    }

    private static ImportedModel load(
            String name, MemorySegment file, OperatorSet operators, DeclaredPorts declared, ImportMemory memory) {
        Graph graph = GraphLowering.lower(name, FrozenGraph.read(parse(file), declared), operators, memory);
        return new ImportedModel(graph, List.of(), Map.of(), memory);
    }

    /** Constants are views of the file: it is not copied to the heap. */
    private static GraphDef parse(MemorySegment file) {
        if (file.byteSize() > Integer.MAX_VALUE) {
            throw new ModelFormatException("it has " + file.byteSize() + " bytes: a message of TensorFlow has at most "
                    + Integer.MAX_VALUE + "; save a SavedModel, whose variables are files of their own");
        }
        CodedInputStream in =
                UnsafeByteOperations.unsafeWrap(file.asByteBuffer()).newCodedInput();
        in.enableAliasing(true);
        try {
            return GraphDef.parseFrom(in);
        } catch (IOException e) {
            throw new ModelFormatException("it is no frozen graph: " + e.getMessage(), e);
        }
    }
}
