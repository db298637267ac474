package dev.nereid.models.pytorch.archive;

import dev.nereid.models.ModelFormatException;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;

/**
 * A zip archive as {@code torch.save}, {@code torch.jit.save} and {@code torch.export.save} write it. Names are without
 * the archive's one root folder, where it has one. Stored entries are views of the file; deflated ones are inflated into
 * memory when they are first read. Checksums are not compared, as PyTorch does not. Used by one thread.
 */
public final class PyTorchArchive {
    /** Deflate makes at most this many bytes of one. */
    private static final long MOST_INFLATED = 1032;

    private static final long MOST_INFLATED_BYTES = Integer.MAX_VALUE;
    private static final long LONGEST_TEXT = 64L << 20;
    private static final long LONGEST_PICKLE = 256L << 20;

    private final MemorySegment file;
    private final SegmentAllocator memory;
    private final Map<String, ZipMember> members;
    private final Map<String, MemorySegment> inflated = new HashMap<>();
    private final StoredTensors tensors;
    private long inflatedBytes;

    private PyTorchArchive(MemorySegment file, SegmentAllocator memory, Map<String, ZipMember> members) {
        this.file = file;
        this.memory = memory;
        this.members = members;
        this.tensors = new StoredTensors(this, memory, file.byteSize());
    }

    /**
     * Opens an archive.
     *
     * @param file plain native memory: a mapped file, or an entry of another archive; outlives the archive and its tensors
     * @param memory for what is not a view of the file; its segments outlive the archive's tensors
     * @throws ModelFormatException if it is no zip archive that can be read, or was written on a big-endian machine
     */
    public static PyTorchArchive open(MemorySegment file, SegmentAllocator memory) {
        Map<String, ZipMember> members = withoutRoot(ZipDirectory.read(file));
        PyTorchArchive archive = new PyTorchArchive(file, memory, members);
        if (archive.has("byteorder")) {
            String order = archive.text("byteorder").strip();
            if (!order.equals("little")) {
                throw new ModelFormatException(
                        "the archive's byte order is '" + order + "': expected little; save it on another machine");
            }
        }
        return archive;
    }

    /** The names of all entries, in the file's order. */
    public Set<String> names() {
        return Collections.unmodifiableSet(members.keySet());
    }

    public boolean has(String name) {
        return members.containsKey(name);
    }

    /**
     * The bytes of an entry.
     *
     * @throws ModelFormatException if there is none, or its data cannot be read
     */
    public MemorySegment bytes(String name) {
        ZipMember member = members.get(name);
        if (member == null) {
            throw new ModelFormatException("the archive has no entry '" + name + "'");
        }
        MemorySegment data = ZipDirectory.data(file, member);
        if (!member.deflated()) {
            return data;
        }
        MemorySegment known = inflated.get(name);
        if (known == null) {
            known = inflate(member, data);
            inflated.put(name, known);
        }
        return known;
    }

    /** An entry that is text. */
    public String text(String name) {
        MemorySegment bytes = bounded(name, LONGEST_TEXT);
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes.toArray(ValueLayout.JAVA_BYTE)))
                    .toString();
        } catch (CharacterCodingException e) {
            throw new ModelFormatException("the entry '" + name + "' is not UTF-8", e);
        }
    }

    /**
     * The value of a pickle. The storages of {@code x.pkl} are the entries in the folder {@code x}.
     *
     * @throws ModelFormatException if it holds anything but plain values, tensors and objects of TorchScript classes
     */
    public PickleValue pickle(String name) {
        if (!name.endsWith(".pkl") && !name.endsWith(".debug_pkl")) {
            throw new IllegalArgumentException("'" + name + "' is no pickle's name");
        }
        String folder = name.substring(0, name.lastIndexOf('.'));
        try {
            return Pickle.read(bounded(name, LONGEST_PICKLE), folder);
        } catch (ModelFormatException e) {
            throw new ModelFormatException("'" + name + "': " + e.getMessage(), e);
        }
    }

    /**
     * The tensor that a pickle describes: a view of the file where its elements lie in order, else a copy.
     *
     * @throws ModelFormatException if it lies outside of its storage, or the archive has no such storage
     */
    public Tensor tensor(PickleValue.OfTensor tensor) {
        return tensors.tensor(tensor);
    }

    private MemorySegment bounded(String name, long limit) {
        ZipMember member = members.get(name);
        if (member != null && member.size() > limit) {
            throw new ModelFormatException(
                    "the entry '" + name + "' has " + member.size() + " bytes: expected at most " + limit);
        }
        return bytes(name);
    }

    private MemorySegment inflate(ZipMember member, MemorySegment data) {
        if (member.size() / MOST_INFLATED > member.compressedSize()
                || member.compressedSize() > MOST_INFLATED_BYTES
                || member.size() > MOST_INFLATED_BYTES - inflatedBytes) {
            throw new ModelFormatException("the entry '" + member.name() + "' claims " + member.size() + " bytes in "
                    + member.compressedSize() + " compressed ones");
        }
        inflatedBytes += member.size();
        MemorySegment whole = memory.allocate(member.size(), 1);
        Inflater inflater = new Inflater(true);
        try {
            inflater.setInput(data.asByteBuffer());
            ByteBuffer out = whole.asByteBuffer();
            while (out.hasRemaining() && inflater.inflate(out) > 0) {}
            // An end mark may follow the last byte; a byte more than was claimed is too many.
            if (out.hasRemaining() || inflater.inflate(new byte[1]) > 0 || !inflater.finished()) {
                throw new ModelFormatException("the entry '" + member.name() + "' does not inflate to the "
                        + member.size() + " bytes that it claims");
            }
        } catch (DataFormatException e) {
            throw new ModelFormatException("the entry '" + member.name() + "' is damaged: " + e.getMessage(), e);
        } finally {
            inflater.end();
        }
        return whole;
    }

    /** The members by their names without the folder that all of them are in. */
    private static Map<String, ZipMember> withoutRoot(Map<String, ZipMember> members) {
        String root = "";
        for (String name : members.keySet()) {
            root = name.substring(0, name.indexOf('/') + 1);
            break;
        }
        for (String name : members.keySet()) {
            if (!name.startsWith(root)) {
                root = "";
                break;
            }
        }
        Map<String, ZipMember> inside = new LinkedHashMap<>();
        for (ZipMember each : members.values()) {
            inside.put(each.name().substring(root.length()), each);
        }
        return inside;
    }
}
