package dev.nereid.server.commands;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nereid.server.repository.IndexEntry;
import dev.nereid.server.repository.folders.ModelId;
import java.util.List;
import org.junit.jupiter.api.Test;

class ModelTableTest {
    @Test
    void saysWhichRepositoryAModelIsOf() {
        assertThat(ModelTable.lines(List.of(new IndexEntry(new ModelId("/here", "m"), "1", "READY", ""))))
                .containsExactly("Model     Version  State", "/here::m  1        READY");
    }

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
