package org.keepwell.wallet.service

import org.keepwell.wallet.model.AtRisk
import org.keepwell.wallet.model.AutoLock
import org.keepwell.wallet.model.Category
import org.keepwell.wallet.model.ExportKind
import org.keepwell.wallet.model.ExportPlace
import org.keepwell.wallet.model.ExportReport
import org.keepwell.wallet.model.Outcome
import org.keepwell.wallet.model.Printout

/** Keeps the owner safe: another PIN, a finger or a face in its place, locking, and the wallet gone from this phone. */
interface SafetyService {
    /** Whether a finger or a face opens the wallet, locked or not. */
    suspend fun hasBiometrics(): Outcome<Boolean>

    /** Lets a finger or a face open the wallet, with the owner's [pin], which the caller overwrites. The phone asks for the finger. */
    suspend fun enableBiometrics(pin: ByteArray): Outcome<Unit>

    /** Leaves PIN and words to open the wallet, locked or not. */
    suspend fun disableBiometrics(): Outcome<Unit>

    /** Opens the wallet by a finger or a face, which the phone asks for; whatever asks for the PIN asks for it all the same. */
    suspend fun unlockWithBiometrics(): Outcome<Unit>

    /** Takes the PIN that is to be changed; a wrong one counts as a try. The caller overwrites [pin] and closes what it gets. */
    suspend fun beginPinChange(pin: ByteArray): Outcome<PinChange>

    /** Takes the PIN against which records are written into a file; a wrong one counts as a try. The caller overwrites [pin] and closes what it gets. */
    suspend fun beginExport(pin: ByteArray): Outcome<Export>

    /**
     * Makes pages of the records of these categories (none: what a clinic asks for at check-in), with the owner's [pin], which the caller overwrites;
     * it erases what it gets.
     */
    suspend fun pages(pin: ByteArray, categories: Set<Category>): Outcome<Printout>

    /** After how long the wallet locks itself. */
    suspend fun autoLock(): Outcome<AutoLock>

    /** Sets it. */
    suspend fun setAutoLock(after: AutoLock): Outcome<Unit>

    /** Locks at once, and leaves only PIN and words to open the wallet; it is locked also where that fails. */
    suspend fun panicLock(): Outcome<Unit>

    /** Whether there is a copy elsewhere, which the words could bring back. */
    suspend fun isConnected(): Outcome<Boolean>

    /** What nothing would bring back if this phone were gone now. */
    suspend fun atRisk(): Outcome<AtRisk>

    /**
     * Removes the wallet from this phone for good, with the owner's [pin], which the caller overwrites. What comes of it shows in
     * [StartService.hasWallet]; nothing cancels it.
     */
    suspend fun erase(pin: ByteArray): Outcome<Unit>

    /** The same for whoever knows the PIN no more; ask first. */
    suspend fun eraseWithoutPin(): Outcome<Unit>
}

/** A change of the PIN by whoever knows the old one, until this is closed. */
interface PinChange : AutoCloseable {
    /** Sets the new PIN, which the caller overwrites; what is refused leaves the old one, and may be tried again. */
    suspend fun change(newPin: ByteArray): Outcome<Unit>
}

/** Writing the records into a file, by whoever knows the PIN, until this is closed. */
interface Export : AutoCloseable {
    /**
     * Writes all records to [place], unencrypted. [onProgress] gets the bytes that were written, on any thread. What fails or is
     * cancelled leaves a part there, which the caller removes.
     */
    suspend fun write(kind: ExportKind, place: ExportPlace, onProgress: (Long) -> Unit): Outcome<ExportReport>
}
