package org.keepwell.wallet.fake

import java.io.IOException
import kotlin.time.Duration.Companion.milliseconds
import kotlin.time.Duration.Companion.minutes
import kotlinx.coroutines.delay
import kotlinx.coroutines.yield
import org.keepwell.wallet.model.AtRisk
import org.keepwell.wallet.model.AutoLock
import org.keepwell.wallet.model.Category
import org.keepwell.wallet.model.ExportKind
import org.keepwell.wallet.model.ExportPlace
import org.keepwell.wallet.model.ExportReport
import org.keepwell.wallet.model.Outcome
import org.keepwell.wallet.model.PlaceFullException
import org.keepwell.wallet.model.Printout
import org.keepwell.wallet.model.Problem
import org.keepwell.wallet.model.orElse
import org.keepwell.wallet.service.Export
import org.keepwell.wallet.service.PinChange
import org.keepwell.wallet.service.SafetyService

/** The safety of a fake wallet: its phone knows one finger, and forgets its key when it comes to know another. */
class FakeSafety(private val wallet: FakeWallet) : SafetyService {
    /** Whether the phone has a finger or a face to ask for. */
    var canAsk = true

    /** Whether the owner's finger is on the sensor when the phone asks. */
    var hasFinger = true

    /** Whether a finger opens the wallet. */
    var isOn = false

    /** Whether the phone came to know another finger since. */
    var knowsAnother = false

    /** What erasing fails with. */
    var eraseProblem: Problem? = null

    /** What keeps it from being known what is at risk. */
    var riskProblem: Problem? = null

    /** What switching off and panic locking fail with. */
    var offProblem: Problem? = null

    /** What setting the time to lock fails with. */
    var setProblem: Problem? = null

    /** How many PIN changes were begun and not yet let go of. */
    var changesHeld = 0

    /** How many exports were begun and not yet let go of. */
    var exportsHeld = 0

    /** After how long it locks; counted by nobody here. */
    var after = AutoLock(5.minutes, 1.minutes)

    override suspend fun hasBiometrics() = Outcome.Done(isOn)

    override suspend fun enableBiometrics(pin: ByteArray): Outcome<Unit> {
        wallet.check(pin).orElse { return Outcome.Failed(it) }
        return switchOn()
    }

    /** The phone asks for a finger, which opens the wallet from then on. */
    fun switchOn(): Outcome<Unit> {
        if (!canAsk) return Outcome.Failed(Problem.BiometricsUnavailable)
        if (!hasFinger) return Outcome.Failed(Problem.DeviceKeyRefused)
        isOn = true
        knowsAnother = false
        return Outcome.Done(Unit)
    }

    override suspend fun disableBiometrics(): Outcome<Unit> {
        offProblem?.let { return Outcome.Failed(it) }
        isOn = false
        return Outcome.Done(Unit)
    }

    override suspend fun unlockWithBiometrics(): Outcome<Unit> {
        yield()
        if (!isOn) return Outcome.Failed(Problem.BiometricsOff)
        if (knowsAnother) {
            isOn = false
            return Outcome.Failed(Problem.BiometricsLost)
        }
        if (!canAsk) return Outcome.Failed(Problem.BiometricsUnavailable)
        if (!hasFinger) return Outcome.Failed(Problem.DeviceKeyRefused)
        wallet.openByFinger()
        return Outcome.Done(Unit)
    }

    override suspend fun beginPinChange(pin: ByteArray): Outcome<PinChange> {
        wallet.check(pin).orElse { return Outcome.Failed(it) }
        changesHeld++
        wallet.gate?.await()
        return Outcome.Done(object : PinChange {
            override suspend fun change(newPin: ByteArray): Outcome<Unit> {
                wallet.gate?.await()
                wallet.start.checkNewPin(newPin).orElse { return Outcome.Failed(it) }
                wallet.make(newPin)
                return Outcome.Done(Unit)
            }

            override fun close() {
                changesHeld--
            }
        })
    }

    override suspend fun beginExport(pin: ByteArray): Outcome<Export> {
        wallet.check(pin).orElse { return Outcome.Failed(it) }
        exportsHeld++
        return Outcome.Done(object : Export {
            override suspend fun write(kind: ExportKind, place: ExportPlace, onProgress: (Long) -> Unit): Outcome<ExportReport> =
                wallet.whileOpen { }.let { open ->
                    open.orElse { return Outcome.Failed(it) }
                    writeExport(kind, place, onProgress)
                }

            override fun close() {
                exportsHeld--
            }
        })
    }

    /** A line for each record, each after a while. */
    private suspend fun writeExport(kind: ExportKind, place: ExportPlace, onProgress: (Long) -> Unit): Outcome<ExportReport> = try {
        var written = 0L
        place.open().use { stream ->
            for (record in wallet.recordList) {
                delay(10.milliseconds)
                if (!wallet.lock.isUnlocked.value) return Outcome.Failed(Problem.Locked)
                val line = "$kind ${record.summary.title}\n".encodeToByteArray()
                stream.write(line)
                written += line.size
                onProgress(written)
            }
        }
        Outcome.Done(ExportReport(wallet.recordList.size.toLong()))
    } catch (_: PlaceFullException) {
        Outcome.Failed(Problem.PlaceFull)
    } catch (_: IOException) {
        Outcome.Failed(Problem.FileUnwritable)
    }

    /** The pages that were made, each a title of a record in a line. */
    val printouts = ArrayList<Printout>()

    override suspend fun pages(pin: ByteArray, categories: Set<Category>): Outcome<Printout> {
        wallet.check(pin).orElse { return Outcome.Failed(it) }
        wallet.gate?.await()
        wallet.whileOpen { }.orElse { return Outcome.Failed(it) }
        val titles = wallet.recordList.filter { categories.isEmpty() || it.summary.category in categories }.map { it.summary.title }
        if (titles.isEmpty()) return Outcome.Failed(Problem.NothingToShare)
        return Outcome.Done(Printout(titles.joinToString("\n").encodeToByteArray()).also { printouts += it })
    }

    override suspend fun autoLock() = wallet.whileOpen { after }

    override suspend fun setAutoLock(after: AutoLock): Outcome<Unit> {
        wallet.gate?.await()
        setProblem?.let { return Outcome.Failed(it) }
        return wallet.whileOpen { this.after = after }
    }

    override suspend fun panicLock(): Outcome<Unit> {
        wallet.lock.lock()
        return disableBiometrics()
    }

    override suspend fun isConnected() = wallet.whileOpen { wallet.start.isConnected }

    override suspend fun atRisk(): Outcome<AtRisk> {
        riskProblem?.let { return Outcome.Failed(it) }
        return wallet.whileOpen {
            val records = if (wallet.start.isConnected) wallet.overviews.unsentRecords else wallet.recordList.size.toLong()
            AtRisk(records, wallet.consent.unsent.value?.toLong() ?: 0, wallet.start.isConnected, wallet.start.areWordsChecked)
        }
    }

    override suspend fun erase(pin: ByteArray): Outcome<Unit> {
        wallet.check(pin).orElse { return Outcome.Failed(it) }
        return eraseWithoutPin()
    }

    override suspend fun eraseWithoutPin(): Outcome<Unit> {
        wallet.lock.lock()
        yield()
        eraseProblem?.let { return Outcome.Failed(it) }
        isOn = false
        wallet.recordList.clear()
        wallet.start.forget()
        return Outcome.Done(Unit)
    }
}
