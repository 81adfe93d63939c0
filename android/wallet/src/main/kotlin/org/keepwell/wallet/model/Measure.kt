package org.keepwell.wallet.model

/** How a number stands to what its source calls normal. */
enum class Standing { BELOW, WITHIN, ABOVE }

/** Whether a source that says this of a number says otherwise than its own range does. Which of them is right is not ours to say. */
fun ValueFlag.contradicts(standing: Standing): Boolean = when (this) {
    ValueFlag.CRITICAL, ValueFlag.ABNORMAL -> standing == Standing.WITHIN
    ValueFlag.HIGH -> standing != Standing.ABOVE
    ValueFlag.LOW -> standing != Standing.BELOW
}

/** A measured number, and between which numbers of the same [unit] it is normal, as far as its source says just one such range. */
data class Measure(val number: Double, val unit: String? = null, val low: Double? = null, val high: Double? = null) {
    /** Null where its source does not say what is normal. */
    val standing: Standing?
        get() = when {
            low == null && high == null -> null
            low != null && number < low -> Standing.BELOW
            high != null && number > high -> Standing.ABOVE
            else -> Standing.WITHIN
        }

    override fun toString() = "Measure(..)"
}

/**
 * A bar with the normal range in its middle, from [START] to [END], and a [mark] where the number stands, from 0 to 1. What is far
 * off stands at the bar's end.
 */
data class RangeBar(val mark: Double) {
    companion object {
        const val START = 0.25
        const val END = 0.75

        /** Null where its source does not say from where to where a number is normal. */
        fun of(measure: Measure): RangeBar? {
            val low = measure.low ?: return null
            val width = (measure.high ?: return null) - low
            if (width <= 0 || !width.isFinite()) return null
            return RangeBar((START + (measure.number - low) / width * (END - START)).coerceIn(0.0, 1.0))
        }
    }
}
