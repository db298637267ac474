package dev.nereid.server.trace;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.nereid.server.observe.TraceSetting;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TraceFilesTest {
    @TempDir
    private Path folder;

    private final TracingFixture fixture = new TracingFixture("TIMESTAMPS");

    private List<String> requests(String file) throws IOException {
        JsonNode array = new ObjectMapper().readTree(Files.readString(folder.resolve(file)));
        return array.findValuesAsText("request_id");
    }

    private List<String> files() throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(file -> file.getFileName().toString()).sorted().toList();
        }
    }

    @Test
    void isAnArrayAfterEveryWriteAndBeginsAnewWithTheServer() throws IOException {
        Files.writeString(folder.resolve("t"), "of an earlier server, and longer than what comes now".repeat(100));
        TraceFiles files = new TraceFiles(folder.resolve("t"), false);
        files.write(List.of(fixture.trace("a"), fixture.trace("b")));
        assertThat(requests("t")).containsExactly("a", "b");
        files.write(List.of(fixture.trace("c")));
        assertThat(requests("t")).containsExactly("a", "b", "c");
        assertThat(files()).containsExactly("t");
    }

    @Test
    void beginsANumberedFileEverySoManyTraces() throws IOException {
        fixture.set(TraceSetting.LOG_FREQUENCY, "2");
        TraceFiles files = new TraceFiles(folder.resolve("t"), false);
        files.write(List.of(fixture.trace("a"), fixture.trace("b"), fixture.trace("c")));
        files.write(List.of(fixture.trace("d"), fixture.trace("e")));
        assertThat(files()).containsExactly("t.0", "t.1", "t.2");
        assertThat(requests("t.0")).containsExactly("a", "b");
        assertThat(requests("t.1")).containsExactly("c", "d");
        assertThat(requests("t.2")).containsExactly("e");
    }

    /** As recorded: one trace asked for is in the file .0. */
    @Test
    void whatACountAsksForIsANumberedFile() throws IOException {
        TraceFiles files = new TraceFiles(folder.resolve("t"), false);
        fixture.set(TraceSetting.COUNT, "1");
        files.write(List.of(fixture.trace("a")));
        fixture.set(TraceSetting.COUNT, "2");
        files.write(List.of(fixture.trace("b"), fixture.trace("c")));
        fixture.set(TraceSetting.COUNT, "-1");
        files.write(List.of(fixture.trace("d")));
        assertThat(files()).containsExactly("t", "t.0", "t.1");
        assertThat(requests("t.0")).containsExactly("a");
        assertThat(requests("t.1")).containsExactly("b", "c");
        assertThat(requests("t")).containsExactly("d");
    }

    /** Triton's test of --trace-config count: one of six was traced when the server stopped. */
    @Test
    void tracesOfACountThatIsNotReachedAreInTheFileItselfInTheEnd() throws IOException {
        TraceFiles files = new TraceFiles(folder.resolve("t"), false);
        files.write(List.of(fixture.trace("a")));
        fixture.set(TraceSetting.COUNT, "3");
        files.write(List.of(fixture.trace("b"), fixture.trace("c")));
        fixture.set(TraceSetting.COUNT, "1");
        files.write(List.of(fixture.trace("d")));
        files.finish();
        assertThat(files()).containsExactly("t", "t.1");
        assertThat(requests("t")).containsExactly("a", "b", "c");
        assertThat(requests("t.1")).containsExactly("d");
    }

    @Test
    void theFileItselfBeginsWithTheTracesOfACountThatIsNotReached() throws IOException {
        Files.writeString(folder.resolve("t"), "of an earlier server");
        TraceFiles files = new TraceFiles(folder.resolve("t"), false);
        fixture.set(TraceSetting.COUNT, "6");
        files.write(List.of(fixture.trace("a")));
        files.finish();
        assertThat(files()).containsExactly("t");
        assertThat(requests("t")).containsExactly("a");
    }

    @Test
    void goesOnWhereAFileWasTakenAway() throws IOException {
        TraceFiles files = new TraceFiles(folder.resolve("t"), false);
        files.write(List.of(fixture.trace("a")));
        Files.delete(folder.resolve("t"));
        files.write(List.of(fixture.trace("b")));
        assertThat(requests("t")).containsExactly("b");
    }

    @Test
    void saysWhenAFileCannotBeWritten() {
        TraceFiles files = new TraceFiles(folder.resolve("no/such/folder/t"), false);
        assertThatThrownBy(() -> files.write(List.of(fixture.trace("a")))).isInstanceOf(IOException.class);
    }
}
