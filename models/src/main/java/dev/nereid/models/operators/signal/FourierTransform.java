package dev.nereid.models.operators.signal;

import java.util.Optional;

/**
 * The discrete Fourier transform of one length, in FP64: by halving where the length is a power of two, else by Bluestein's
 * convolution of a greater length that is one. Immutable.
 */
final class FourierTransform {
    private final int length;

    /** exp(-2 pi i k / length) for the first half of k; only for powers of two. */
    private final double[] cosines;

    private final double[] sines;
    private final Optional<Chirp> chirp;

    private FourierTransform(int length, Optional<Chirp> chirp) {
        this.length = length;
        this.chirp = chirp;
        int half = chirp.isPresent() ? 0 : length / 2;
        cosines = new double[half];
        sines = new double[half];
        for (int k = 0; k < half; k++) {
            cosines[k] = Math.cos(2 * Math.PI * k / length);
            sines[k] = -Math.sin(2 * Math.PI * k / length);
        }
    }

    /** The transform of {@code length} points, which is positive and below 2^29. */
    static FourierTransform of(int length) {
        if (length < 1 || length >= 1 << 29) {
            throw new IllegalArgumentException("a Fourier transform of " + length + " points");
        }
        boolean power = (length & (length - 1)) == 0;
        return new FourierTransform(length, power ? Optional.empty() : Optional.of(Chirp.of(length)));
    }

    int length() {
        return length;
    }

    /** Replaces points by the amplitudes of their frequencies: y[k] = sum of x[n] exp(-2 pi i k n / length). */
    void forward(double[] real, double[] imaginary) {
        if (chirp.isPresent()) {
            chirp.get().run(real, imaginary);
        } else {
            halve(real, imaginary);
        }
    }

    /** Undoes {@link #forward}. */
    void inverse(double[] real, double[] imaginary) {
        forward(imaginary, real);
        for (int i = 0; i < length; i++) {
            real[i] /= length;
            imaginary[i] /= length;
        }
    }

    private void halve(double[] real, double[] imaginary) {
        reorder(real, imaginary);
        for (int half = 1; half < length; half *= 2) {
            int stride = length / (2 * half);
            for (int from = 0; from < length; from += 2 * half) {
                for (int k = 0; k < half; k++) {
                    int low = from + k;
                    int high = low + half;
                    double cosine = cosines[k * stride];
                    double sine = sines[k * stride];
                    double turnedReal = real[high] * cosine - imaginary[high] * sine;
                    double turnedImaginary = real[high] * sine + imaginary[high] * cosine;
                    real[high] = real[low] - turnedReal;
                    imaginary[high] = imaginary[low] - turnedImaginary;
                    real[low] += turnedReal;
                    imaginary[low] += turnedImaginary;
                }
            }
        }
    }

    /** Moves each point to the place whose bits are its own in reverse. */
    private void reorder(double[] real, double[] imaginary) {
        int bits = Integer.numberOfTrailingZeros(length);
        for (int i = 0; i < length; i++) {
            int j = bits == 0 ? 0 : Integer.reverse(i) >>> (32 - bits);
            if (j > i) {
                swap(real, i, j);
                swap(imaginary, i, j);
            }
        }
    }

    private static void swap(double[] values, int i, int j) {
        double value = values[i];
        values[i] = values[j];
        values[j] = value;
    }

    /**
     * Bluestein's way: with w = exp(-pi i / length), y[k] = w^(k k) * sum of (x[n] w^(n n)) w^(-(k - n)(k - n)).
     *
     * @param cosines of w^(n n), and {@code sines} likewise
     * @param kernelReal the transform of w^(-n n), and {@code kernelImaginary} likewise
     */
    @SuppressWarnings("ArrayRecordComponent")
    private record Chirp(
            int length,
            FourierTransform power,
            double[] cosines,
            double[] sines,
            double[] kernelReal,
            double[] kernelImaginary) {
        static Chirp of(int length) {
            int size = Integer.highestOneBit(2 * length - 1) * 2;
            FourierTransform power = FourierTransform.of(size);
            double[] cosines = new double[length];
            double[] sines = new double[length];
            double[] real = new double[size];
            double[] imaginary = new double[size];
            for (int n = 0; n < length; n++) {
                // The angle repeats after 2 * length: reduced first, it stays exact.
                double angle = Math.PI * ((long) n * n % (2L * length)) / length;
                cosines[n] = Math.cos(angle);
                sines[n] = -Math.sin(angle);
                real[n] = cosines[n];
                imaginary[n] = -sines[n];
                if (n > 0) {
                    real[size - n] = real[n];
                    imaginary[size - n] = imaginary[n];
                }
            }
            power.forward(real, imaginary);
            return new Chirp(length, power, cosines, sines, real, imaginary);
        }

        void run(double[] real, double[] imaginary) {
            double[] a = new double[power.length()];
            double[] b = new double[power.length()];
            for (int n = 0; n < length; n++) {
                a[n] = real[n] * cosines[n] - imaginary[n] * sines[n];
                b[n] = real[n] * sines[n] + imaginary[n] * cosines[n];
            }
            power.forward(a, b);
            for (int i = 0; i < a.length; i++) {
                double product = a[i] * kernelReal[i] - b[i] * kernelImaginary[i];
                b[i] = a[i] * kernelImaginary[i] + b[i] * kernelReal[i];
                a[i] = product;
            }
            power.inverse(a, b);
            for (int k = 0; k < length; k++) {
                real[k] = a[k] * cosines[k] - b[k] * sines[k];
                imaginary[k] = a[k] * sines[k] + b[k] * cosines[k];
            }
        }
    }
}
