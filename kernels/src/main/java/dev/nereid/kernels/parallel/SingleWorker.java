package dev.nereid.kernels.parallel;

/** Runs every task on the calling thread, in order. */
enum SingleWorker implements Workers {
    INSTANCE;

    @Override
    public int count() {
        return 1;
    }

    @Override
    public void run(int tasks, Task task) {
        for (int i = 0; i < tasks; i++) {
            task.run(i);
        }
    }
}
