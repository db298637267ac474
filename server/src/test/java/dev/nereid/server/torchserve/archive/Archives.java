package dev.nereid.server.torchserve.archive;

import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.zip.GZIPOutputStream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;

/** Writes archives as torch-model-archiver does, and such as nobody should. */
public final class Archives {
    private Archives() {}

    /** The manifest of a model of that handler. */
    public static String manifest(String handler, String serializedFile, String more) {
        return "{\"createdOn\": \"25/11/2026 00:20:00\", \"runtime\": \"python\", \"model\": {\"modelName\": \"net\","
                + " \"serializedFile\": \"" + serializedFile + "\", \"handler\": \"" + handler
                + "\", \"modelVersion\": \"2.0\"" + more + "}, \"archiverVersion\": \"0.12.0\"}";
    }

    /** Files of an archive whose manifest is that. */
    public static Map<String, byte[]> files(String manifest) {
        Map<String, byte[]> files = new LinkedHashMap<>();
        files.put("MAR-INF/MANIFEST.json", manifest.getBytes(StandardCharsets.UTF_8));
        return files;
    }

    public static Path zip(Path file, Map<String, byte[]> entries) {
        try (OutputStream target = Files.newOutputStream(file);
                ZipOutputStream zip = new ZipOutputStream(target)) {
            for (Map.Entry<String, byte[]> entry : entries.entrySet()) {
                zip.putNextEntry(new ZipEntry(entry.getKey()));
                zip.write(entry.getValue());
                zip.closeEntry();
            }
            return file;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static Path tar(Path file, Map<String, byte[]> entries) {
        return gzip(file, tar -> {
            for (Map.Entry<String, byte[]> each : entries.entrySet()) {
                TarArchiveEntry entry = new TarArchiveEntry(each.getKey(), true);
                entry.setSize(each.getValue().length);
                tar.putArchiveEntry(entry);
                tar.write(each.getValue());
                tar.closeArchiveEntry();
            }
        });
    }

    /** Writes entries of a tar file. */
    interface Entries {
        void write(TarArchiveOutputStream tar) throws IOException;
    }

    static Path gzip(Path file, Entries entries) {
        try (OutputStream target = Files.newOutputStream(file);
                GZIPOutputStream gzip = new GZIPOutputStream(target);
                TarArchiveOutputStream tar = new TarArchiveOutputStream(gzip)) {
            tar.setLongFileMode(TarArchiveOutputStream.LONGFILE_GNU);
            entries.write(tar);
            return file;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
