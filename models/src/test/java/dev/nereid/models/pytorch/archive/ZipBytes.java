package dev.nereid.models.pytorch.archive;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.Deflater;

/** Zip files written byte by byte, right or with one lie. */
public final class ZipBytes {
    /** What is wrong with an entry; its numbers are put where the entry's own would be. */
    record Claims(int flags, int method, long compressedSize, long size, long offset) {}

    private record Written(String name, Claims claims) {
        byte[] encoded() {
            return name.getBytes(StandardCharsets.UTF_8);
        }
    }

    private final ByteArrayOutputStream file = new ByteArrayOutputStream();
    private final List<Written> written = new ArrayList<>();
    private boolean wide;

    /** Writes sizes and offsets in the 64-bit extension. */
    ZipBytes wide() {
        wide = true;
        return this;
    }

    /** Adds an entry that is stored, at a multiple of 64 bytes as PyTorch has it. */
    public ZipBytes stored(String name, byte[] data) {
        return add(name, data, new Claims(0, 0, data.length, data.length, file.size()));
    }

    public ZipBytes stored(String name, String text) {
        return stored(name, text.getBytes(StandardCharsets.UTF_8));
    }

    /** Adds an entry that is deflated. */
    ZipBytes deflated(String name, byte[] data) {
        byte[] compressed = deflate(data);
        return add(name, compressed, new Claims(0, 8, compressed.length, data.length, file.size()));
    }

    /** Adds an entry of these bytes whose place in the directory says something else. */
    ZipBytes add(String name, byte[] bytes, Claims claims) {
        byte[] encoded = name.getBytes(StandardCharsets.UTF_8);
        int header = file.size() + 30 + encoded.length;
        int padding = (64 - (header + 4) % 64) % 64;
        ByteBuffer local = little(30 + encoded.length + 4 + padding);
        local.putInt(0x04034b50)
                .putShort((short) 20)
                .putShort((short) claims.flags)
                .putShort((short) claims.method);
        local.putInt(0).putInt(0).putInt((int) claims.compressedSize).putInt((int) claims.size);
        local.putShort((short) encoded.length).putShort((short) (4 + padding)).put(encoded);
        local.putShort((short) 0x4246).putShort((short) padding);
        append(local);
        file.writeBytes(bytes);
        written.add(new Written(name, claims));
        return this;
    }

    public byte[] build() {
        int start = file.size();
        for (Written each : written) {
            writeMember(each);
        }
        int bytes = file.size() - start;
        if (wide) {
            ByteBuffer end = little(56 + 20);
            long at = file.size();
            end.putInt(0x06064b50)
                    .putLong(44)
                    .putShort((short) 45)
                    .putShort((short) 45)
                    .putInt(0)
                    .putInt(0);
            end.putLong(written.size()).putLong(written.size()).putLong(bytes).putLong(start);
            end.putInt(0x07064b50).putInt(0).putLong(at).putInt(1);
            append(end);
        }
        ByteBuffer end = little(22);
        end.putInt(0x06054b50).putShort((short) 0).putShort((short) 0);
        end.putShort((short) (wide ? -1 : written.size())).putShort((short) (wide ? -1 : written.size()));
        end.putInt(wide ? -1 : bytes).putInt(wide ? -1 : start);
        append(end);
        return file.toByteArray();
    }

    private void writeMember(Written entry) {
        Claims claims = entry.claims;
        byte[] name = entry.encoded();
        int extra = wide ? 4 + 24 : 0;
        ByteBuffer member = little(46 + name.length + extra);
        member.putInt(0x02014b50).putShort((short) 20).putShort((short) 20).putShort((short) claims.flags);
        member.putShort((short) claims.method).putInt(0).putInt(0);
        member.putInt(wide ? -1 : (int) claims.compressedSize).putInt(wide ? -1 : (int) claims.size);
        member.putShort((short) name.length).putShort((short) extra).putShort((short) 0);
        member.putShort((short) 0).putShort((short) 0).putInt(0).putInt(wide ? -1 : (int) claims.offset);
        member.put(name);
        if (wide) {
            member.putShort((short) 1).putShort((short) 24);
            member.putLong(claims.size).putLong(claims.compressedSize).putLong(claims.offset);
        }
        append(member);
    }

    static byte[] deflate(byte[] data) {
        Deflater deflater = new Deflater(9, true);
        deflater.setInput(data);
        deflater.finish();
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        byte[] buffer = new byte[8192];
        while (!deflater.finished()) {
            out.write(buffer, 0, deflater.deflate(buffer));
        }
        deflater.end();
        return out.toByteArray();
    }

    private void append(ByteBuffer filled) {
        byte[] bytes = new byte[filled.clear().remaining()];
        filled.get(bytes);
        file.writeBytes(bytes);
    }

    private static ByteBuffer little(int bytes) {
        return ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }
}
