package dev.nereid.models.operators.signal;

import dev.nereid.kernels.parallel.Workers;

/** Runs one transform over many signals, on several threads if there is enough to do. */
final class Spectra {
    /** Points whose transform takes about 200 microseconds. */
    private static final long MANY = 1 << 14;

    /** One signal: fills in its points, and takes what they became. */
    interface Signal {
        void read(long index, double[] real, double[] imaginary);

        void write(long index, double[] real, double[] imaginary);
    }

    private Spectra() {}

    static void run(FourierTransform transform, boolean inverse, long signals, Signal signal, Workers workers) {
        int tasks = signals * transform.length() > MANY ? (int) Math.min(signals, 4L * workers.count()) : 1;
        if (tasks <= 1 || workers.count() == 1) {
            range(transform, inverse, 0, signals, signal);
        } else {
            workers.run(
                    tasks,
                    task -> range(transform, inverse, signals * task / tasks, signals * (task + 1) / tasks, signal));
        }
    }

    private static void range(FourierTransform transform, boolean inverse, long from, long to, Signal signal) {
        double[] real = new double[transform.length()];
        double[] imaginary = new double[transform.length()];
        for (long i = from; i < to; i++) {
            signal.read(i, real, imaginary);
            if (inverse) {
                transform.inverse(real, imaginary);
            } else {
                transform.forward(real, imaginary);
            }
            signal.write(i, real, imaginary);
        }
    }
}
