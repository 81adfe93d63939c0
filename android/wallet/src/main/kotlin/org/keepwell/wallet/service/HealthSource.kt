package org.keepwell.wallet.service

import org.keepwell.wallet.model.HealthReading
import org.keepwell.wallet.model.Outcome

/** The phone's own collection of health data, which other apps have filled; read only when the patient asks for it. */
interface HealthSource {
    /** Whether this phone has one that can be read. */
    val isThere: Boolean

    /** What the phone asks the person for, by its own names. */
    val permissions: Set<String>

    /** What it is called in what records say of where they came from. */
    val name: String

    /** Reads what may be read; kinds that may not, or no more, are told and left out. */
    suspend fun read(): Outcome<HealthReading>
}
