package dev.nereid.bench.schedule;

import java.util.List;

/** What an experiment found. */
record Findings(List<Table> tables, List<Goal> goals) {
    Findings {
        tables = List.copyOf(tables);
        goals = List.copyOf(goals);
    }
}
