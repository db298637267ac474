package dev.nereid.models.pytorch.archive;

import dev.nereid.models.ModelFormatException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The central directory of a zip file, with the 64-bit extension. Nothing that the file claims is believed: every
 * offset and length is compared with the file, and no memory is taken for what is only announced.
 */
final class ZipDirectory {
    private static final ValueLayout.OfShort SHORT =
            ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private static final int END = 0x06054b50;
    private static final int END_BYTES = 22;
    private static final int END_64 = 0x06064b50;
    private static final int END_64_BYTES = 56;
    private static final int LOCATOR_64 = 0x07064b50;
    private static final int LOCATOR_64_BYTES = 20;
    private static final int MEMBER = 0x02014b50;
    private static final int MEMBER_BYTES = 46;
    private static final int LOCAL = 0x04034b50;
    private static final int LOCAL_BYTES = 30;
    private static final int LONGEST_COMMENT = 0xFFFF;
    private static final long IN_EXTENSION = 0xFFFF_FFFFL;
    private static final int EXTENSION_64 = 1;
    private static final int ENCRYPTED = 1 | 1 << 6 | 1 << 13;
    private static final int STORED = 0;
    private static final int DEFLATED = 8;
    private static final int LONGEST_NAME = 4096;

    private final MemorySegment file;
    private long start;
    private long bytes;
    private long count;

    private ZipDirectory(MemorySegment file) {
        this.file = file;
    }

    /** The members by their names in the file, in the directory's order; folders are left out. */
    static Map<String, ZipMember> read(MemorySegment file) {
        ZipDirectory directory = new ZipDirectory(file);
        directory.find();
        return directory.members();
    }

    /** The bytes of a member as they lie in the file. */
    static MemorySegment data(MemorySegment file, ZipMember member) {
        long at = member.headerOffset();
        if (at > file.byteSize() - LOCAL_BYTES || file.get(INT, at) != LOCAL) {
            throw new ModelFormatException("the entry '" + member.name() + "' has no header at byte " + at);
        }
        int nameBytes = Short.toUnsignedInt(file.get(SHORT, at + 26));
        long data = at + LOCAL_BYTES + nameBytes + Short.toUnsignedInt(file.get(SHORT, at + 28));
        if (data > file.byteSize() || member.compressedSize() > file.byteSize() - data) {
            throw new ModelFormatException("the entry '" + member.name() + "' has " + member.compressedSize()
                    + " bytes from byte " + data + " on, the file ends at " + file.byteSize());
        }
        String name = text(file.asSlice(at + LOCAL_BYTES, nameBytes));
        if (!name.equals(member.name())) {
            throw new ModelFormatException(
                    "the entry '" + member.name() + "' is called '" + name + "' in its own header");
        }
        return file.asSlice(data, member.compressedSize());
    }

    private void find() {
        long end = endRecord();
        count = Short.toUnsignedLong(file.get(SHORT, end + 10));
        bytes = Integer.toUnsignedLong(file.get(INT, end + 12));
        start = Integer.toUnsignedLong(file.get(INT, end + 16));
        long locator = end - LOCATOR_64_BYTES;
        long limit = end;
        if (locator >= 0 && file.get(INT, locator) == LOCATOR_64) {
            limit = file.get(LONG, locator + 8);
            find64(limit, locator);
        }
        if (start > limit || bytes > limit - start) {
            throw new ModelFormatException("the zip directory has " + bytes + " bytes from byte " + start
                    + " on, which is outside of the file or meets its end record at " + limit);
        }
        if (count > bytes / MEMBER_BYTES) {
            throw new ModelFormatException(
                    "the zip directory cannot hold " + count + " entries in " + bytes + " bytes");
        }
    }

    /** The record at {@code end}; what both records say must be the same. */
    private void find64(long end, long locator) {
        if (end < 0 || end > locator - END_64_BYTES || file.get(INT, end) != END_64) {
            throw new ModelFormatException("the zip file has no 64-bit end record at byte " + end);
        }
        count = same("entries", count, 0xFFFF, file.get(LONG, end + 32));
        bytes = same("directory bytes", bytes, IN_EXTENSION, file.get(LONG, end + 40));
        start = same("directory offset", start, IN_EXTENSION, file.get(LONG, end + 48));
    }

    private static long same(String what, long narrow, long absent, long wide) {
        if (wide < 0 || (narrow != absent && narrow != wide)) {
            throw new ModelFormatException("the zip file's end records disagree: " + what + " " + narrow + " and "
                    + Long.toUnsignedString(wide));
        }
        return wide;
    }

    private long endRecord() {
        long size = file.byteSize();
        long first = Math.max(0, size - END_BYTES - LONGEST_COMMENT);
        for (long at = size - END_BYTES; at >= first; at--) {
            if (file.get(INT, at) == END && Short.toUnsignedLong(file.get(SHORT, at + 20)) == size - at - END_BYTES) {
                return at;
            }
        }
        boolean pickle = size > 1 && file.get(ValueLayout.JAVA_BYTE, 0) == (byte) 0x80;
        throw new ModelFormatException(
                pickle
                        ? "the file is a bare pickle of a PyTorch before 1.6, which holds weights and no model; export the"
                                + " model with torch.export.save or torch.jit.save"
                        : "the file is no zip archive, or was cut off: it has no end record");
    }

    private Map<String, ZipMember> members() {
        Map<String, ZipMember> members = new LinkedHashMap<>();
        long at = start;
        long end = start + bytes;
        for (long i = 0; i < count; i++) {
            if (at > end - MEMBER_BYTES || file.get(INT, at) != MEMBER) {
                throw new ModelFormatException("the zip directory has no entry " + i + " at byte " + at);
            }
            int nameBytes = Short.toUnsignedInt(file.get(SHORT, at + 28));
            int extraBytes = Short.toUnsignedInt(file.get(SHORT, at + 30));
            int commentBytes = Short.toUnsignedInt(file.get(SHORT, at + 32));
            long next = at + MEMBER_BYTES + nameBytes + extraBytes + commentBytes;
            if (next > end) {
                throw new ModelFormatException("entry " + i + " of the zip directory is longer than the directory");
            }
            String name = name(file.asSlice(at + MEMBER_BYTES, nameBytes));
            if (!name.endsWith("/") && members.put(name, member(name, at, nameBytes, extraBytes)) != null) {
                throw new ModelFormatException("the zip file has two entries called '" + name + "'");
            }
            at = next;
        }
        if (at != end) {
            throw new ModelFormatException(
                    "the zip directory has " + (end - at) + " bytes behind its " + count + " entries");
        }
        return members;
    }

    private ZipMember member(String name, long at, int nameBytes, int extraBytes) {
        if ((file.get(SHORT, at + 8) & ENCRYPTED) != 0) {
            throw new ModelFormatException("the entry '" + name + "' is encrypted");
        }
        int method = Short.toUnsignedInt(file.get(SHORT, at + 10));
        if (method != STORED && method != DEFLATED) {
            throw new ModelFormatException("the entry '" + name + "' is compressed by method " + method
                    + ": expected 0 (stored) or 8 (deflated)");
        }
        Extension extension = new Extension(name, at + MEMBER_BYTES + nameBytes, extraBytes);
        long size = extension.wide(Integer.toUnsignedLong(file.get(INT, at + 24)));
        long compressed = extension.wide(Integer.toUnsignedLong(file.get(INT, at + 20)));
        long offset = extension.wide(Integer.toUnsignedLong(file.get(INT, at + 42)));
        if (method == STORED && size != compressed) {
            throw new ModelFormatException(
                    "the entry '" + name + "' is stored in " + compressed + " bytes and claims to have " + size);
        }
        if (offset >= start || compressed > start - offset) {
            throw new ModelFormatException("the entry '" + name + "' has " + compressed + " bytes from byte " + offset
                    + " on, the zip file's entries end at " + start);
        }
        return new ZipMember(name, method == DEFLATED, compressed, size, offset);
    }

    /** The 64-bit numbers of an entry: there only for those that do not fit 32 bits, in a fixed order. */
    private final class Extension {
        private final String name;
        private long at;
        private long end;

        Extension(String name, long from, int bytes) {
            this.name = name;
            long limit = from + bytes;
            for (long field = from; field + 4 <= limit; ) {
                long fieldEnd = field + 4 + Short.toUnsignedInt(file.get(SHORT, field + 2));
                if (file.get(SHORT, field) == EXTENSION_64 && fieldEnd <= limit) {
                    at = field + 4;
                    end = fieldEnd;
                    return;
                }
                field = fieldEnd;
            }
        }

        long wide(long narrow) {
            if (narrow != IN_EXTENSION) {
                return narrow;
            }
            long value = at + 8 <= end ? file.get(LONG, at) : -1;
            if (value < 0) {
                throw new ModelFormatException("the entry '" + name + "' has no 64-bit size where it announces one");
            }
            at += 8;
            return value;
        }
    }

    private static String name(MemorySegment bytes) {
        String name = text(bytes);
        if (bytes.byteSize() > LONGEST_NAME || name.isEmpty() || name.startsWith("/") || name.indexOf('\\') >= 0) {
            throw new ModelFormatException("the zip file has an entry with the impossible name '" + shown(name) + "'");
        }
        for (String part : name.split("/", -1)) {
            if (part.equals("..") || part.equals(".") || part.indexOf('\0') >= 0) {
                throw new ModelFormatException(
                        "the zip file has an entry with the impossible name '" + shown(name) + "'");
            }
        }
        return name;
    }

    private static String shown(String name) {
        return name.substring(0, Math.min(name.length(), 100)).replace('\0', '?');
    }

    private static String text(MemorySegment bytes) {
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes.toArray(ValueLayout.JAVA_BYTE)))
                    .toString();
        } catch (CharacterCodingException e) {
            throw new ModelFormatException("the zip file has an entry whose name is not UTF-8", e);
        }
    }
}
