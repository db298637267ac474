package dev.nereid.models.tflite;

import dev.nereid.models.ModelFormatException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/** What a file declares: operators of subgraphs by their codes, tensors, signatures. Weights are views of the file. */
record TfliteFile(List<Code> codes, List<Subgraph> subgraphs, List<Signature> signatures) {
    private static final int VERSION = 3;
    private static final int CUSTOM = 32;

    /** The operator codes that the subgraphs refer to: a number, and a name where it is a custom operator. */
    record Code(int number, String custom, int version) {
        boolean isCustom() {
            return number == CUSTOM;
        }
    }

    /** Tensors by number, -1 for one that is left out. */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    record Invocation(Code code, int[] inputs, int[] outputs, FlatbufferTable options, MemorySegment customOptions) {}

    @SuppressWarnings("ArrayRecordComponent") // never compared
    record Subgraph(String name, List<TfliteTensor> tensors, int[] inputs, int[] outputs, List<Invocation> operators) {}

    /** Names of a signature's inputs and outputs, by the tensors that they are. */
    record Signature(String key, int subgraph, List<Port> inputs, List<Port> outputs) {}

    record Port(String name, int tensor) {}

    /**
     * Reads a file.
     *
     * @throws ModelFormatException if it is damaged; says where
     */
    static TfliteFile read(MemorySegment file) {
        FlatbufferTable root = FlatbufferTable.root(file);
        long version = root.unsigned(0);
        if (version != VERSION) {
            throw new ModelFormatException("expected version " + VERSION + " of the format, got " + version);
        }
        List<Code> codes = root.tables(1).stream()
                .map(code -> new Code(Math.max(code.small(0, 0), code.integer(3, 0)), code.text(1), code.integer(2, 1)))
                .toList();
        List<MemorySegment> buffers = buffers(root);
        List<Subgraph> subgraphs = new ArrayList<>();
        for (FlatbufferTable subgraph : root.tables(2)) {
            subgraphs.add(subgraph(subgraph, codes, buffers));
        }
        if (subgraphs.isEmpty()) {
            throw new ModelFormatException("it has no subgraph");
        }
        List<Signature> signatures = root.tables(7).stream()
                .map(each -> new Signature(each.text(2), each.integer(4, 0), ports(each, 0), ports(each, 1)))
                .toList();
        return new TfliteFile(codes, subgraphs, signatures);
    }

    private static List<Port> ports(FlatbufferTable signature, int slot) {
        return signature.tables(slot).stream()
                .map(port -> new Port(port.text(0), port.integer(1, 0)))
                .toList();
    }

    private static List<MemorySegment> buffers(FlatbufferTable root) {
        List<MemorySegment> buffers = new ArrayList<>();
        for (FlatbufferTable buffer : root.tables(4)) {
            long offset = buffer.wide(1, 0);
            buffers.add(offset > 1 ? root.outside(offset, buffer.wide(2, 0)) : buffer.bytes(0));
        }
        return buffers;
    }

    private static Subgraph subgraph(FlatbufferTable table, List<Code> codes, List<MemorySegment> buffers) {
        List<TfliteTensor> tensors = new ArrayList<>();
        for (FlatbufferTable tensor : table.tables(0)) {
            tensors.add(tensor(tensor, buffers));
        }
        List<Invocation> operators = new ArrayList<>();
        for (FlatbufferTable operator : table.tables(3)) {
            int[] inputs = numbers(operator.integers(1), tensors.size(), -1);
            int[] outputs = numbers(operator.integers(2), tensors.size(), 0);
            Code code = codes.get(index("operator code", operator.integer(0, 0), codes.size()));
            FlatbufferTable options = operator.table(4).orElseGet(FlatbufferTable::empty);
            operators.add(new Invocation(code, inputs, outputs, options, operator.bytes(5)));
        }
        return new Subgraph(
                table.text(4),
                tensors,
                numbers(table.integers(1), tensors.size(), 0),
                numbers(table.integers(2), tensors.size(), 0),
                operators);
    }

    private static TfliteTensor tensor(FlatbufferTable tensor, List<MemorySegment> buffers) {
        String name = tensor.text(3);
        if (tensor.has(6)) {
            throw new ModelFormatException("tensor '" + name + "' is stored as sparse, which is not supported");
        }
        try {
            return new TfliteTensor(
                    name,
                    tensor.small(1, 0),
                    tensor.integers(0),
                    tensor.integers(7),
                    tensor.table(4).map(TfliteQuantization::read).orElse(TfliteQuantization.NONE),
                    tensor.flag(5),
                    buffers.get(index("buffer", tensor.unsigned(2), buffers.size())));
        } catch (ModelFormatException e) {
            throw new ModelFormatException("tensor '" + name + "': " + e.getMessage(), e);
        }
    }

    private static int[] numbers(int[] tensors, int count, int least) {
        for (int tensor : tensors) {
            if (tensor < least || tensor >= count) {
                throw new ModelFormatException("there is no tensor " + tensor + "; the subgraph has " + count);
            }
        }
        return tensors;
    }

    private static int index(String what, long index, int count) {
        if (index < 0 || index >= count) {
            throw new ModelFormatException("there is no " + what + " " + index + "; the file has " + count);
        }
        return (int) index;
    }
}
