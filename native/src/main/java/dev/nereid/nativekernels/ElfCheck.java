package dev.nereid.nativekernels;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * Looks at a shared library's header before the loader maps the file: the loader trusts it, and a library cut short
 * would end the process with a signal.
 */
final class ElfCheck {
    private static final int HEADER_BYTES = 64;
    private static final int MAGIC = 0x464c457f;
    private static final int CLASS_64 = 2;

    private ElfCheck() {}

    /** What is wrong with a file for an architecture, as the rest of a sentence; empty if nothing is. */
    static String damage(Path file, Architecture own) throws IOException {
        if (!Files.isRegularFile(file)) {
            return "does not exist";
        }
        ByteBuffer header = ByteBuffer.allocate(HEADER_BYTES).order(ByteOrder.LITTLE_ENDIAN);
        long size;
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            size = channel.size();
            while (header.hasRemaining() && channel.read(header) >= 0) {
                // A read may be short.
            }
        }
        if (header.hasRemaining() || header.getInt(0) != MAGIC || header.get(4) != CLASS_64) {
            return "is not a 64-bit ELF library";
        }
        if (header.getShort(18) != own.elfMachine()) {
            return "is a library for machine " + header.getShort(18) + ", expected " + own.usualName() + " ("
                    + own.elfMachine() + ")";
        }
        // The section headers are the last thing in a linked library.
        long sections = header.getLong(40);
        long end = sections + (long) header.getShort(58) * header.getShort(60);
        if (sections < 0 || end > size) {
            return "is cut short: " + size + " bytes, expected at least " + end;
        }
        return "";
    }
}
