package org.keepwell.wallet.model

import kotlin.test.assertEquals
import kotlin.test.assertNull
import org.junit.jupiter.api.Test

class MeasureTest {
    @Test
    fun `a number stands below, within or above what is normal, and its bounds are normal`() {
        fun standing(number: Double) = Measure(number, low = 4.0, high = 5.6).standing
        assertEquals(listOf(Standing.BELOW, Standing.WITHIN, Standing.WITHIN, Standing.ABOVE), listOf(3.99, 4.0, 5.6, 5.61).map(::standing))
        assertEquals(Standing.WITHIN, Measure(0.0, high = 5.6).standing)
        assertEquals(Standing.BELOW, Measure(0.0, low = 4.0).standing)
        assertNull(Measure(6.9).standing)
    }

    @Test
    fun `a flag contradicts where the number does not stand as it says`() {
        val contradicting = mapOf(
            ValueFlag.CRITICAL to setOf(Standing.WITHIN), ValueFlag.ABNORMAL to setOf(Standing.WITHIN),
            ValueFlag.HIGH to setOf(Standing.BELOW, Standing.WITHIN), ValueFlag.LOW to setOf(Standing.WITHIN, Standing.ABOVE),
        )
        for (flag in ValueFlag.entries) assertEquals(contradicting[flag], Standing.entries.filter { flag.contradicts(it) }.toSet(), flag.name)
    }

    @Test
    fun `the mark stands where the number does, and far off at the end`() {
        fun mark(number: Double) = RangeBar.of(Measure(number, low = 100.0, high = 200.0))?.mark
        assertEquals(listOf(0.25, 0.5, 0.75, 0.875), listOf(100.0, 150.0, 200.0, 225.0).map(::mark))
        assertEquals(listOf(0.0, 1.0), listOf(-5_000.0, 1e300).map(::mark))
    }

    @Test
    fun `there is no bar without both ends or without room between them`() {
        for (measure in listOf(
            Measure(5.0), Measure(5.0, low = 4.0), Measure(5.0, high = 6.0), Measure(5.0, low = 5.0, high = 5.0),
            Measure(5.0, low = -Double.MAX_VALUE, high = Double.MAX_VALUE),
        )) assertNull(RangeBar.of(measure), "${measure.low} to ${measure.high}")
    }
}
