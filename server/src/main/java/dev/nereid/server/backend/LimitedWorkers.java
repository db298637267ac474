package dev.nereid.server.backend;

import dev.nereid.kernels.parallel.Workers;

/**
 * A grant of which a run uses only some.
 *
 * @param count threads that may work at the same time, at least 1
 */
record LimitedWorkers(Workers granted, int count) implements Workers {
    @Override
    public void run(int tasks, Task task) {
        int strands = Math.min(tasks, count);
        granted.run(strands, strand -> {
            for (int index = strand; index < tasks; index += strands) {
                task.run(index);
            }
        });
    }
}
