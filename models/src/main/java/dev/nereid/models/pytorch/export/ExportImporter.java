package dev.nereid.models.pytorch.export;

import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.Graph;
import dev.nereid.models.imported.ImportMemory;
import dev.nereid.models.imported.ImportedModel;
import dev.nereid.models.operators.OperatorSet;
import dev.nereid.models.pytorch.archive.PyTorchArchive;
import dev.nereid.models.pytorch.aten.AtenGraph;
import java.lang.foreign.SegmentAllocator;
import java.util.List;
import java.util.function.UnaryOperator;

/** Reads exported programs ({@code .pt2}). */
public final class ExportImporter {
    private ExportImporter() {}

    /** Whether an archive holds an exported program, in either layout. */
    public static boolean reads(PyTorchArchive archive) {
        return ExportArchive.is(archive);
    }

    /**
     * Imports the program of an archive.
     *
     * @param operators what the engine has
     * @param archive of a file that is mapped in {@code memory}
     * @param allocator of {@code memory}
     * @param inputNames the names that a model has for its inputs to those that they shall have
     * @param outputNames likewise for its outputs
     * @param memory becomes the model's; the caller closes it when this throws
     * @throws ModelFormatException if it cannot be served; names the node, operator or tensor
     */
    public static ImportedModel load(
            String name,
            OperatorSet operators,
            PyTorchArchive archive,
            SegmentAllocator allocator,
            UnaryOperator<List<String>> inputNames,
            UnaryOperator<List<String>> outputNames,
            ImportMemory memory) {
        ExportArchive parts = ExportArchive.of(archive, allocator);
        ExportedProgram program = ProgramReader.read(parts.program());
        Graph graph =
                new ProgramGraph(program, parts, new AtenGraph(operators, memory)).write(name, inputNames, outputNames);
        return new ImportedModel(graph, List.of(), program.opsets(), InputDims.limits(graph, program.ranges()), memory);
    }
}
