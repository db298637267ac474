package dev.nereid.server.torchserve.archive;

import dev.nereid.server.protocol.InferException;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Collections;
import java.util.List;
import java.util.zip.GZIPInputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.apache.commons.compress.archivers.tar.TarConstants;
import org.apache.commons.compress.archivers.zip.ZipArchiveEntry;
import org.apache.commons.compress.archivers.zip.ZipFile;

/** Unpacks ZIP and tar.gz files into a folder, files and folders alone, within limits on their number and size. */
final class Unpacking {
    /** Entries of an archive: a model has a few, one with all its libraries some thousands. */
    static final int MOST_ENTRIES = 10_000;

    /** Bytes of all unpacked files: more than any model that this machine would run. */
    static final long MOST_BYTES = 64L << 30;

    /** Unpacked bytes for each byte of the archive: weights hardly shrink, and text shrinks to a tenth. */
    static final long MOST_RATIO = 100;

    /** So much may be unpacked from the smallest archive. */
    static final long ALWAYS_BYTES = 16L << 20;

    /** Bytes of the archive that are read to know one entry, or all entries of a ZIP file: they are kept on the heap. */
    private static final long MOST_HEADER_BYTES = 4L << 20;

    private static final int BUFFER_BYTES = 64 << 10;

    private final Path archive;
    private final Path folder;
    private final long mostBytes;
    private int entries;
    private long bytes;

    private Unpacking(Path archive, Path folder) throws IOException {
        this.archive = archive;
        this.folder = folder;
        long size = Files.size(archive);
        this.mostBytes =
                Math.clamp(size > MOST_BYTES / MOST_RATIO ? MOST_BYTES : size * MOST_RATIO, ALWAYS_BYTES, MOST_BYTES);
    }

    /**
     * Unpacks an archive.
     *
     * @param archive ZIP if its name ends in {@code .mar}, else tar.gz
     * @param folder an empty one
     * @throws InferException if an entry is a link or lies outside of the folder, or a limit is exceeded
     * @throws IOException if the archive is damaged, or cannot be read or written
     */
    static void unpack(Path archive, Path folder) throws IOException {
        Unpacking unpacking = new Unpacking(archive, folder);
        try {
            if (String.valueOf(archive.getFileName()).endsWith(".mar")) {
                unpacking.unpackZip();
            } else {
                unpacking.unpackTar();
            }
        } catch (IllegalArgumentException | ArithmeticException | IllegalStateException e) {
            // What commons-compress throws for some damages.
            throw new IOException("it is damaged: " + e, e);
        }
    }

    private void unpackZip() throws IOException {
        try (BoundedChannel channel = new BoundedChannel(Files.newByteChannel(archive), MOST_HEADER_BYTES);
                ZipFile zip = ZipFile.builder().setSeekableByteChannel(channel).get()) {
            channel.allow(Long.MAX_VALUE);
            List<ZipArchiveEntry> all = Collections.list(zip.getEntriesInPhysicalOrder());
            checkSizes(all);
            for (ZipArchiveEntry entry : all) {
                if (entry.isUnixSymlink()) {
                    throw link(entry.getName());
                }
                if (entry.isDirectory()) {
                    addFolder(entry.getName());
                } else {
                    if (!zip.canReadEntryData(entry)) {
                        throw refused("entry '" + entry.getName() + "' is encrypted or packed by another method");
                    }
                    try (InputStream content = zip.getInputStream(entry)) {
                        addFile(entry.getName(), content);
                    }
                }
            }
        }
    }

    /** Refuses a bomb by the sizes that it declares, before anything is written. */
    private void checkSizes(List<ZipArchiveEntry> all) {
        if (all.size() > MOST_ENTRIES) {
            throw tooMany();
        }
        long declared = 0;
        for (ZipArchiveEntry entry : all) {
            declared += Math.clamp(entry.getSize(), 0, MOST_BYTES);
        }
        if (declared > mostBytes) {
            throw tooLarge();
        }
    }

    private void unpackTar() throws IOException {
        try (BoundedStream stream = new BoundedStream(
                        new GZIPInputStream(Files.newInputStream(archive), BUFFER_BYTES), MOST_HEADER_BYTES);
                TarArchiveInputStream tar = new TarArchiveInputStream(stream)) {
            for (TarArchiveEntry entry = tar.getNextEntry(); entry != null; entry = tar.getNextEntry()) {
                stream.allow(Long.MAX_VALUE);
                if (entry.isSymbolicLink() || entry.isLink()) {
                    throw link(entry.getName());
                }
                if (entry.isDirectory()) {
                    addFolder(entry.getName());
                } else if (isFile(entry) && !entry.isSparse()) {
                    if (entry.getSize() > mostBytes - bytes) {
                        throw tooLarge();
                    }
                    addFile(entry.getName(), tar);
                } else {
                    throw refused("entry '" + entry.getName() + "' is neither a file nor a folder");
                }
                stream.allow(MOST_HEADER_BYTES);
            }
        }
    }

    /** Not {@link TarArchiveEntry#isFile}, which also means pipes and devices. */
    private static boolean isFile(TarArchiveEntry entry) {
        return entry.getLinkFlag() == TarConstants.LF_NORMAL
                || entry.getLinkFlag() == TarConstants.LF_OLDNORM
                || entry.getLinkFlag() == TarConstants.LF_CONTIG;
    }

    private void addFolder(String name) throws IOException {
        count();
        Files.createDirectories(place(name));
    }

    private void addFile(String name, InputStream content) throws IOException {
        count();
        Path file = place(name);
        if (file.equals(folder)) {
            throw refused("entry '" + name + "' has no name");
        }
        Files.createDirectories(file.getParent());
        byte[] buffer = new byte[BUFFER_BYTES];
        try (OutputStream target =
                Files.newOutputStream(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            for (int read = content.read(buffer); read >= 0; read = content.read(buffer)) {
                bytes += read;
                if (bytes > mostBytes) {
                    throw tooLarge();
                }
                target.write(buffer, 0, read);
            }
        } catch (FileAlreadyExistsException e) {
            throw refused("entry '" + name + "' is there twice");
        }
    }

    private void count() {
        entries++;
        if (entries > MOST_ENTRIES) {
            throw tooMany();
        }
    }

    /** Where an entry goes: inside of the folder, whatever its name says. */
    private Path place(String name) {
        try {
            Path path = Path.of(name);
            Path place = folder.resolve(path).normalize();
            if (!path.isAbsolute() && place.startsWith(folder)) {
                return place;
            }
        } catch (InvalidPathException e) {
            // Refused below.
        }
        throw refused("entry '" + name + "' lies outside of the archive");
    }

    private InferException link(String name) {
        return refused("entry '" + name + "' is a link, expected files and folders alone");
    }

    private InferException tooMany() {
        return refused("it has more than " + MOST_ENTRIES + " entries");
    }

    private InferException tooLarge() {
        return refused("it unpacks to more than " + mostBytes + " bytes: at most " + MOST_BYTES + ", and " + MOST_RATIO
                + " times its own size");
    }

    private InferException refused(String what) {
        return InferException.invalid("model archive '" + archive.getFileName() + "': " + what);
    }

    /** A stream that ends with an error behind so many bytes. */
    private static final class BoundedStream extends FilterInputStream {
        private long left;

        BoundedStream(InputStream source, long left) {
            super(source);
            this.left = left;
        }

        void allow(long newLeft) {
            left = newLeft;
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
        }

        @Override
        public int read(byte[] target, int offset, int length) throws IOException {
            int read = in.read(target, offset, (int) Math.min(length, Math.max(left, 1)));
            left = checked(left - Math.max(read, 0));
            return read;
        }

        @Override
        public long skip(long count) throws IOException {
            long skipped = in.skip(Math.min(count, Math.max(left, 1)));
            left = checked(left - skipped);
            return skipped;
        }
    }

    /** A file of which only so many bytes can be read. */
    private static final class BoundedChannel implements SeekableByteChannel {
        private final SeekableByteChannel source;
        private long left;

        BoundedChannel(SeekableByteChannel source, long left) {
            this.source = source;
            this.left = left;
        }

        void allow(long newLeft) {
            left = newLeft;
        }

        @Override
        public int read(ByteBuffer target) throws IOException {
            int read = source.read(target);
            left = checked(left - Math.max(read, 0));
            return read;
        }

        @Override
        public int write(ByteBuffer from) throws IOException {
            return source.write(from);
        }

        @Override
        public long position() throws IOException {
            return source.position();
        }

        @Override
        public SeekableByteChannel position(long position) throws IOException {
            source.position(position);
            return this;
        }

        @Override
        public long size() throws IOException {
            return source.size();
        }

        @Override
        public SeekableByteChannel truncate(long size) throws IOException {
            source.truncate(size);
            return this;
        }

        @Override
        public boolean isOpen() {
            return source.isOpen();
        }

        @Override
        public void close() throws IOException {
            source.close();
        }
    }

    private static long checked(long left) throws IOException {
        if (left < 0) {
            throw new IOException("its list of entries is longer than " + MOST_HEADER_BYTES + " bytes");
        }
        return left;
    }
}
