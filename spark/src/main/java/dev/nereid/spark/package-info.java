/**
 * Models over the rows of Apache Spark's datasets: {@link dev.nereid.spark.Nereid} is the entry. Each executor loads a model
 * once and runs it in the threads of its tasks. Depends on the engine and on the server's remote repositories.
 */
@NullMarked
package dev.nereid.spark;

import org.jspecify.annotations.NullMarked;
