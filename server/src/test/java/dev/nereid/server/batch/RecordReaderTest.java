package dev.nereid.server.batch;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RecordReaderTest {
    @TempDir
    private Path folder;

    @Test
    void aChunkEndsByRowsAndByBytes() throws IOException {
        String small = "{}\n";
        String large = "{\"x\":\"" + "a".repeat(Chunk.BYTES / 2) + "\"}\n";
        Path file = Files.writeString(folder.resolve("rows.jsonl"), small.repeat(3) + large.repeat(3));
        try (RowFormat.Reader reader = new JsonLines(Chunk.BYTES).open(file, Chunk.Position.START)) {
            assertThat(reader.next(2).rows()).hasSize(2);
            Chunk chunk = reader.next(256);
            assertThat(chunk.rows()).hasSize(3);
            assertThat(chunk.end().rows()).isEqualTo(5);
            assertThat(reader.next(256).rows()).hasSize(1);
            assertThat(reader.next(256).rows()).isEmpty();
        }
    }

    @Test
    void theProgressOfAFileThatGrewIsItsEnd() {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        BatchProgress progress = new BatchProgress(new PrintStream(out, true, StandardCharsets.UTF_8), true, 0, 0);
        progress.update(10, 0, 1.5);

        assertThat(out.toString(StandardCharsets.UTF_8)).contains("100 %  10 rows");
    }
}
