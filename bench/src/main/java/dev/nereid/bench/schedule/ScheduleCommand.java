package dev.nereid.bench.schedule;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code nereid bench schedule}: Triton's scheduling policy beside ours, simulated with the server's own queues. */
@Command(
        name = "schedule",
        mixinStandardHelpOptions = true,
        description = {
            "Simulates the server's own queues in virtual time: Triton's policy in many settings, and the adaptive one."
                    + " Prints the highest rates at which 99 %% of the requests are answered in time, what is answered in"
                    + " time under overload, and which of the goals G1 to G6 are reached; and what comes of instances"
                    + " that the policy adds and removes. G7, what a request costs in the scheduler, is measured on this"
                    + " machine.",
            "Ends with 1 where a goal is not reached."
        })
public final class ScheduleCommand implements Callable<Integer> {
    @Option(names = "--requests", description = "Requests in a simulation (default 40000; 15000 if --quick).")
    private int requests;

    @Option(names = "--seed", defaultValue = "0", description = "Seed of arrivals, lengths and noise (default 0).")
    private long seed;

    @Option(names = "--quick", description = "Fewer requests, and few of Triton's settings.")
    private boolean quick;

    @Option(names = "--only", split = ",", description = "Goals to look at, such as G1,G5,instances (default: all).")
    private Set<String> only = Set.of();

    private static List<SimulationExperiment> experiments() {
        return List.of(
                new FixedShape(),
                new MixedLengths(List.of(25.0, 50.0, 100.0)),
                new SeveralModels(),
                new NoisyNeighbour(),
                new Scaling(),
                new RequestCost());
    }

    @Override
    public Integer call() {
        List<SimulationExperiment> chosen = chosen();
        int count = requests > 0 ? requests : (quick ? 15_000 : 40_000);
        SimulationRunner runner = new SimulationRunner(count, quick ? 0.01 : 0.005, seed);
        System.out.println(count + " requests a simulation, seed " + seed);
        System.out.println();
        List<Goal> goals = new ArrayList<>();
        for (SimulationExperiment experiment : chosen) {
            System.err.println(String.join(", ", new TreeSet<>(experiment.goals())));
            Findings findings = experiment.run(runner, !quick);
            findings.tables().forEach(table -> table.print(System.out));
            goals.addAll(findings.goals());
        }
        Table table = new Table("Goals", "goal", "what", "reached", "target", "pass");
        goals.forEach(goal -> table.row(goal.row()));
        table.print(System.out);
        return goals.stream().allMatch(Goal::reached) ? 0 : 1;
    }

    private List<SimulationExperiment> chosen() {
        List<SimulationExperiment> chosen = experiments().stream()
                .filter(experiment ->
                        only.isEmpty() || experiment.goals().stream().anyMatch(only::contains))
                .toList();
        Set<String> known = new TreeSet<>();
        experiments().forEach(experiment -> known.addAll(experiment.goals()));
        for (String goal : only) {
            if (!known.contains(goal)) {
                throw new IllegalArgumentException("--only: expected some of " + known + ", got " + goal);
            }
        }
        return chosen;
    }
}
