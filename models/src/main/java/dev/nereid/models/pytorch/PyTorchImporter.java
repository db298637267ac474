package dev.nereid.models.pytorch;

import dev.nereid.models.ModelFormatException;
import dev.nereid.models.imported.DeclaredPorts;
import dev.nereid.models.imported.ImportMemory;
import dev.nereid.models.imported.ImportedModel;
import dev.nereid.models.operators.OperatorSet;
import dev.nereid.models.pytorch.archive.PyTorchArchive;
import dev.nereid.models.pytorch.export.ExportImporter;
import dev.nereid.models.pytorch.script.ScriptImporter;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;

/** Reads PyTorch's model files, exported programs and TorchScript; of others it says what they are and what to save instead. */
public final class PyTorchImporter {
    /** How a file begins that this importer knows, if only to refuse it. */
    private static final int ZIP = 0x04034b50;

    private static final int EMPTY_ZIP = 0x06054b50;
    private static final int PICKLE = 0x80;
    private static final int NEWEST_PICKLE = 5;
    private static final int SAFETENSORS_HEADER = 8;

    /** How much of a file tells whether it is one of PyTorch's. */
    public static final int BEGINNING = 16;

    private static final String ADVICE =
            "; save the model itself: torch.export.save(torch.export.export(model.eval(), (example,)), 'model.pt2')";

    private PyTorchImporter() {}

    /**
     * Whether a file is one of PyTorch's, or holds weights for it.
     *
     * @param beginning its first bytes, {@link #BEGINNING} if it has so many
     * @param size of the file
     */
    public static boolean reads(byte[] beginning, long size) {
        MemorySegment segment = MemorySegment.ofArray(beginning);
        return isZip(segment) || isPickle(segment) || isSafetensors(segment, size);
    }

    /**
     * Imports the model in a file. The caller closes it.
     *
     * @param operators what the engine has
     * @param declared names and types of inputs and outputs, which take precedence over the file's names
     * @throws ModelFormatException if the file cannot be read or is no model that can be served
     */
    public static ImportedModel load(Path file, OperatorSet operators, DeclaredPorts declared) {
        String name = String.valueOf(file.getFileName());
        return ImportedModel.read(
                "PyTorch file", file, memory -> load(name, memory.map(file), operators, declared, memory));
    }

    /** As {@link #load(Path, OperatorSet, DeclaredPorts)}, of the bytes of a file. They are copied. */
    public static ImportedModel load(byte[] file, OperatorSet operators, DeclaredPorts declared) {
        return ImportedModel.read(memory -> load("model", memory.copy(file), operators, declared, memory));
    }

    private static ImportedModel load(
            String name, MemorySegment file, OperatorSet operators, DeclaredPorts declared, ImportMemory memory) {
        if (isSafetensors(file, file.byteSize())) {
            throw new ModelFormatException("it is a safetensors file, which holds weights and no model" + ADVICE);
        }
        if (!isZip(file)) {
            throw new ModelFormatException(
                    "it is a bare pickle: weights, or a whole object, of torch before 1.6" + ADVICE);
        }
        SegmentAllocator allocator = (bytes, _) -> memory.allocate(bytes);
        PyTorchArchive archive = PyTorchArchive.open(file, allocator);
        if (ExportImporter.reads(archive)) {
            return ExportImporter.load(
                    name,
                    operators,
                    archive,
                    allocator,
                    inputs -> PortNames.of(declared.inputNames(), inputs, "input"),
                    outputs -> PortNames.of(declared.outputs(), outputs, "output"),
                    memory);
        }
        if (ScriptImporter.reads(archive)) {
            return ScriptImporter.load(
                    name,
                    operators,
                    archive,
                    declared.inputs(),
                    inputs -> PortNames.of(declared.inputNames(), inputs, "input"),
                    outputs -> PortNames.of(declared.outputs(), outputs, "output"),
                    memory);
        }
        if (archive.has("data.pkl")) {
            throw new ModelFormatException("it was written by torch.save: it holds weights, or an object whose code is"
                    + " elsewhere, and no model" + ADVICE);
        }
        if (archive.names().stream().anyMatch(entry -> entry.endsWith(".so") || entry.endsWith(".cpp"))) {
            throw new ModelFormatException("it was compiled by AOTInductor for one kind of machine" + ADVICE);
        }
        throw new ModelFormatException("it is a zip archive that holds no PyTorch model" + ADVICE);
    }

    private static boolean isZip(MemorySegment file) {
        if (file.byteSize() < Integer.BYTES) {
            return false;
        }
        int first = file.get(ValueLayout.JAVA_INT_UNALIGNED, 0);
        return first == ZIP || first == EMPTY_ZIP;
    }

    private static boolean isPickle(MemorySegment file) {
        return file.byteSize() > 2
                && Byte.toUnsignedInt(file.get(ValueLayout.JAVA_BYTE, 0)) == PICKLE
                && file.get(ValueLayout.JAVA_BYTE, 1) > 1
                && file.get(ValueLayout.JAVA_BYTE, 1) <= NEWEST_PICKLE;
    }

    /** The length of the header as eight bytes, then the header, which is JSON. */
    private static boolean isSafetensors(MemorySegment file, long size) {
        if (file.byteSize() <= SAFETENSORS_HEADER) {
            return false;
        }
        long header = file.get(ValueLayout.JAVA_LONG_UNALIGNED, 0);
        return header > 1
                && header <= size - SAFETENSORS_HEADER
                && file.get(ValueLayout.JAVA_BYTE, SAFETENSORS_HEADER) == '{';
    }
}
