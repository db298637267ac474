package dev.nereid.models.tensorflow.saved;

import dev.nereid.models.ModelFormatException;
import dev.nereid.proto.tensorflow.TensorSliceProto;
import java.io.ByteArrayOutputStream;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * A part of a tensor: where it begins in each dim, and how much it takes of it. Partitioned variables are saved in such parts.
 * Sources: tensor_slice.cc, saved_tensor_slice_util.cc, ordered_code.cc.
 *
 * @param lengths {@link #FULL} for a whole dim that begins at 0
 */
record TensorSlice(List<Long> starts, List<Long> lengths) {
    private static final long FULL = -1;
    private static final int BITS_PER_BYTE = 7;
    private static final int LONGEST_NUMBER = 10;

    TensorSlice {
        starts = List.copyOf(starts);
        lengths = List.copyOf(lengths);
    }

    /** The slice in an entry of a checkpoint. */
    static TensorSlice of(TensorSliceProto message) {
        List<Long> starts = new ArrayList<>();
        List<Long> lengths = new ArrayList<>();
        for (TensorSliceProto.Extent extent : message.getExtentList()) {
            starts.add(extent.getStart());
            lengths.add(extent.hasLength() ? extent.getLength() : FULL);
        }
        return new TensorSlice(starts, lengths);
    }

    /**
     * The slice that a restore operation asks for, as {@code "4 10 0,2:-"}: the dims of the whole tensor, then start and length
     * of each dim, or a dash for a whole one.
     *
     * @throws ModelFormatException if the text is no such slice
     */
    static TensorSlice parse(String text) {
        List<Long> starts = new ArrayList<>();
        List<Long> lengths = new ArrayList<>();
        try {
            for (String extent : text.substring(text.lastIndexOf(' ') + 1).split(":", -1)) {
                int comma = extent.indexOf(',');
                boolean full = extent.equals("-");
                starts.add(full ? 0 : Long.parseLong(extent.substring(0, Math.max(comma, 0))));
                lengths.add(full ? FULL : Long.parseLong(extent.substring(comma + 1)));
            }
        } catch (NumberFormatException e) {
            throw new ModelFormatException(
                    "'" + text + "' is no slice of a tensor: expected its dims, then 'start,length' or '-' of each dim",
                    e);
        }
        return new TensorSlice(starts, lengths);
    }

    /**
     * The same slice with all lengths known.
     *
     * @param dims of the whole tensor
     * @throws ModelFormatException if it does not lie in the tensor
     */
    TensorSlice within(long[] dims) {
        List<Long> known = new ArrayList<>();
        boolean fits = starts.size() == dims.length && lengths.size() == dims.length;
        for (int i = 0; fits && i < dims.length; i++) {
            long length = lengths.get(i) == FULL ? dims[i] : lengths.get(i);
            known.add(length);
            fits = starts.get(i) >= 0 && length >= 0 && starts.get(i) <= dims[i] - length;
        }
        if (!fits) {
            throw new ModelFormatException("the slice from " + starts + " of lengths " + lengths
                    + " does not lie in a tensor of dims " + java.util.Arrays.toString(dims));
        }
        return new TensorSlice(starts, known);
    }

    /** The dims of the slice, of which all lengths are known. */
    long[] dims() {
        return lengths.stream().mapToLong(Long::longValue).toArray();
    }

    /** Whether no element lies in both; of slices whose lengths are known. */
    boolean isApartFrom(TensorSlice other) {
        for (int i = 0; i < starts.size(); i++) {
            if (starts.get(i) + lengths.get(i) <= other.starts.get(i)
                    || other.starts.get(i) + other.lengths.get(i) <= starts.get(i)) {
                return true;
            }
        }
        return false;
    }

    /**
     * Copies the slice, of which all lengths are known, from the whole tensor or into it.
     *
     * @param whole the elements of the whole tensor
     * @param part the elements of the slice alone
     * @param bytes of an element
     */
    void copy(MemorySegment whole, long[] dims, MemorySegment part, int bytes, boolean intoWhole) {
        copy(0, 0, 0, new Copy(whole, dims, part, bytes, intoWhole));
    }

    @SuppressWarnings("ArrayRecordComponent") // lives for one copy
    private record Copy(MemorySegment whole, long[] dims, MemorySegment part, int bytes, boolean intoWhole) {}

    /** Copies what lies at some elements of both: at once, where the dims behind the axis are whole ones. */
    private void copy(int axis, long inWhole, long inPart, Copy copy) {
        long row = 1;
        long partRow = 1;
        for (int i = axis + 1; i < copy.dims.length; i++) {
            row *= copy.dims[i];
            partRow *= lengths.get(i);
        }
        if (axis >= copy.dims.length || row == partRow) {
            long count = axis < copy.dims.length ? lengths.get(axis) * row : 1;
            long from = axis < copy.dims.length ? inWhole + starts.get(axis) * row : inWhole;
            MemorySegment whole = copy.whole.asSlice(from * copy.bytes, count * copy.bytes);
            MemorySegment part = copy.part.asSlice(inPart * copy.bytes, count * copy.bytes);
            (copy.intoWhole ? whole : part).copyFrom(copy.intoWhole ? part : whole);
            return;
        }
        for (long i = 0; i < lengths.get(axis); i++) {
            copy(axis + 1, inWhole + (starts.get(axis) + i) * row, inPart + i * partRow, copy);
        }
    }

    /** The key in a checkpoint of the slice of a tensor; its characters are the key's bytes. */
    String key(String tensor) {
        ByteArrayOutputStream key = new ByteArrayOutputStream();
        key.write(0);
        for (byte each : tensor.getBytes(StandardCharsets.UTF_8)) {
            key.write(each);
            if (each == 0) {
                key.write(0xff);
            } else if (each == (byte) 0xff) {
                key.write(0);
            }
        }
        key.writeBytes(new byte[] {0, 1});
        if (!starts.isEmpty()) {
            key.write(1);
        }
        key.write(starts.size());
        for (int i = 0; i < starts.size(); i++) {
            writeSigned(key, starts.get(i));
            writeSigned(key, lengths.get(i));
        }
        return key.toString(StandardCharsets.ISO_8859_1);
    }

    /** Numbers whose bytes sort as they do: leading ones say how many bytes there are, the sign is turned round. */
    private static void writeSigned(ByteArrayOutputStream out, long number) {
        long magnitude = number < 0 ? ~number : number;
        int length = (Long.SIZE - Long.numberOfLeadingZeros(magnitude)) / BITS_PER_BYTE + 1;
        byte[] bytes = new byte[LONGEST_NUMBER];
        for (int i = 0; i < LONGEST_NUMBER; i++) {
            bytes[LONGEST_NUMBER - 1 - i] = (byte) (number >> Math.min(Byte.SIZE * i, Long.SIZE - 1));
        }
        int header = (0xffff << (2 * Byte.SIZE - length)) & 0xffff;
        int first = LONGEST_NUMBER - length;
        bytes[first] ^= (byte) (header >>> Byte.SIZE);
        if (length > 1) {
            bytes[first + 1] ^= (byte) header;
        }
        out.write(bytes, first, length);
    }
}
