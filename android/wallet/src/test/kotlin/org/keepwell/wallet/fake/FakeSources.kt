package org.keepwell.wallet.fake

import java.time.InstantSource
import kotlin.time.Duration.Companion.milliseconds
import kotlinx.coroutines.delay
import org.keepwell.wallet.model.ImportId
import org.keepwell.wallet.model.ImportReport
import org.keepwell.wallet.model.MissingReason
import org.keepwell.wallet.model.MissingRecords
import org.keepwell.wallet.model.OtherPerson
import org.keepwell.wallet.model.Outcome
import org.keepwell.wallet.model.Problem
import org.keepwell.wallet.model.SignInResult
import org.keepwell.wallet.model.Source
import org.keepwell.wallet.model.SourceId
import org.keepwell.wallet.model.SourceSync
import org.keepwell.wallet.model.orElse
import org.keepwell.wallet.service.SourceService

/** Clinics' servers of a fake wallet; each redirect is good once. */
class FakeSources(private val wallet: FakeWallet, private val clock: InstantSource) : SourceService {
    /** What is connected. */
    val connected = ArrayList<Source>()

    /** Whose records the clinics give where the patient has not said that they are this one; null for the patient's own. */
    var other: OtherPerson? = null

    /** Whether clinics give what they are asked for. */
    var isAgreed = true

    /** Whether what was agreed to has ended at the clinics. */
    var isSignedOut = false

    /** Which clinics were asked for records. */
    val asked = ArrayList<SourceId>()
    private val begun = HashMap<String, String>()
    private var number = 0

    override suspend fun begin(address: String): Outcome<String> {
        wallet.whileOnline { }.orElse { return Outcome.Failed(it) }
        if (!address.startsWith("https://")) return Outcome.Failed(Problem.SourceAddress("SourceNotSmart"))
        val state = "state-${++number}"
        begun[state] = address
        return Outcome.Done("$address/authorize?state=$state&client_id=keepwell")
    }

    override suspend fun finish(redirect: String, person: String?): Outcome<SignInResult> {
        wallet.whileOnline { }.orElse { return Outcome.Failed(it) }
        val address = begun.remove(redirect.substringAfter("state=")) ?: return Outcome.Failed(Problem.SignInUnknown("SourceRedirectUnknown"))
        if (!isAgreed) return Outcome.Failed(Problem.SignInRefused("SourceAccessDenied"))
        other?.takeIf { it.key != person }?.let { return Outcome.Done(SignInResult.WhoIsIt(it)) }
        val known = connected.find { it.address == address }
        val source = Source(
            known?.id ?: SourceId("%032x".format(connected.size + 1)), address.removePrefix("https://").substringBefore('/'), address,
            GIVEN, WITHHELD, known?.added ?: clock.instant(), known?.last, null, needsSignIn = false,
        )
        if (known == null) connected += source else connected[connected.indexOf(known)] = source
        isSignedOut = false
        return Outcome.Done(SignInResult.Connected(source))
    }

    override suspend fun list() = wallet.whileOpen { connected.toList() }

    override suspend fun sync(id: SourceId, onProgress: (String) -> Unit): Outcome<SourceSync> {
        wallet.whileOnline { }.orElse { return Outcome.Failed(it) }
        asked += id
        val source = connected.first { it.id == id }
        if (isSignedOut) {
            connected[connected.indexOf(source)] = source.copy(needsSignIn = true)
            return Outcome.Failed(Problem.SignedOut)
        }
        for (type in GIVEN) {
            onProgress(type)
            wallet.gate?.await()
            delay(10.milliseconds)
        }
        val synced = source.copy(last = clock.instant())
        connected[connected.indexOf(source)] = synced
        val added = if (source.last == null) 3L else 0
        val report = ImportReport(ImportId("import-online").takeIf { added > 0 }, added, 0, 3 - added, 0, emptyList(), emptyList())
        return Outcome.Done(SourceSync(synced, report, listOf(MissingRecords("Condition", MissingReason.LATER))))
    }

    override suspend fun remove(id: SourceId): Outcome<Boolean> = wallet.whileOpen {
        connected.removeAll { it.id == id }
        wallet.isOnline
    }

    companion object {
        val GIVEN = listOf("Patient", "Observation", "Condition", "Goal")
        val WITHHELD = listOf("DocumentReference", "Flag")

        /** Where a clinic's page leads back to, of what it was opened with. */
        fun redirect(url: String) = "keepwell://authorized?code=1&state=" + url.substringAfter("state=").substringBefore('&')
    }
}
