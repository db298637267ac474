package dev.nereid.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nereid.server.repository.IndexEntry;
import java.util.List;
import org.junit.jupiter.api.Test;

class ModelTableTest {
    @Test
    void alignsColumnsAndShowsReasons() {
        List<String> lines = ModelTable.lines(List.of(
                new IndexEntry("minilm", "1", "READY", ""),
                new IndexEntry("broken_model", "12", "UNAVAILABLE", "Internal: no such operator\nmore of it"),
                new IndexEntry("idle", "", "", "")));

        assertThat(lines)
                .containsExactly(
                        "Model         Version  State",
                        "minilm        1        READY",
                        "broken_model  12       UNAVAILABLE: Internal: no such operator",
                        "idle                   not loaded");
    }
}
