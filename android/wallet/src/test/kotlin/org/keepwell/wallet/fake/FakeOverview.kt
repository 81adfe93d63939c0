package org.keepwell.wallet.fake

import java.time.InstantSource
import org.keepwell.wallet.model.Arrival
import org.keepwell.wallet.model.Category
import org.keepwell.wallet.model.CategoryCount
import org.keepwell.wallet.model.Current
import org.keepwell.wallet.model.Grant
import org.keepwell.wallet.model.LatestResult
import org.keepwell.wallet.model.Outcome
import org.keepwell.wallet.model.Overview
import org.keepwell.wallet.model.Owner
import org.keepwell.wallet.model.PictureValue
import org.keepwell.wallet.model.Todo
import org.keepwell.wallet.model.Trend
import org.keepwell.wallet.model.Validity
import org.keepwell.wallet.model.orElse

/** What the first screen of a fake wallet shows; records of one title are about the same thing. */
class FakeOverview(private val wallet: FakeWallet, private val grants: List<Grant>, private val clock: InstantSource, before: FakeOverview?) {
    /** Whether another phone has taken over. */
    var isTakenOver = false

    /** How many clinics had their keys replaced. */
    var changedClinics = 0L

    /** How many records the host does not have yet. */
    var unsentRecords = 0L

    /** Whether the host has lost so much that it needs the patient's leave to get it again. */
    var hasHostLostMuch = false

    /** Up to where the patient has seen what came; null before the first overview was shown. */
    var seen: Int? = before?.seen
        private set

    suspend fun read(): Outcome<Overview> {
        val aside = wallet.imports.quarantine().orElse { return Outcome.Failed(it) }.orEmpty().size.toLong()
        val holding = wallet.recordList.filter { record -> record.summary.validities.none { it in AGAINST } }.sortedByDescending { it.summary.date }
        val patient = holding.find { it.summary.category == Category.PATIENT }?.summary
        val overview = Overview(
            owner = patient?.let { Owner(it.title.orEmpty(), it.date.orEmpty()) },
            allergies = current(holding, Category.ALLERGIES),
            problems = current(holding, Category.CONDITIONS),
            medicines = current(holding, Category.MEDICATIONS),
            results = results(holding),
            new = wallet.recordList.drop(seen ?: wallet.recordList.size).groupingBy { it.summary.category }.eachCount().toSortedMap()
                .map { (category, count) -> CategoryCount(category, count.toLong()) },
            todo = if (isTakenOver) listOf(Todo.TakenOver) else todo(aside),
            newest = Arrival(wallet.recordList.size),
        )
        return Outcome.Done(overview)
    }

    fun markSeen(newest: Arrival): Outcome<Unit> = wallet.whileOpen { seen = newest.number }

    /** The host has everything that it takes unasked; what it lost only if the patient has [agreed]. */
    fun sent(agreed: Boolean) {
        unsentRecords = 0
        if (agreed) hasHostLostMuch = false
    }

    private fun current(holding: List<FakeRecord>, category: Category): Current {
        val found = holding.map { it.summary }.filter { it.category == category }.distinctBy { it.title }
        return Current(found.take(MOST), (found.size - MOST).coerceAtLeast(0).toLong())
    }

    private fun results(holding: List<FakeRecord>): List<LatestResult> {
        val found = holding.filter { it.summary.category in listOf(Category.RESULTS, Category.VITALS) }
            .filter { it.summary.value != null && it.summary.value !is PictureValue.Absent }
        return found.groupBy { it.summary.title }.values.take(MOST + 1).map { LatestResult(it.first().summary, trend(it)) }
    }

    private fun trend(series: List<FakeRecord>): Trend? {
        val (newer, older) = series.take(2).map { it.picture.row.measure }.takeIf { it.size == 2 } ?: return null
        if (newer == null || older == null || newer.unit != older.unit) return null
        return when {
            newer.number > older.number -> Trend.UP
            newer.number < older.number -> Trend.DOWN
            else -> Trend.SAME
        }
    }

    private fun todo(aside: Long): List<Todo> {
        val ending = grants.count { it.state.isInForce && it.notAfter < clock.instant().plusSeconds(DAY) }.toLong()
        return listOfNotNull(
            wallet.consent.unsent.value?.takeIf { it > 0 }?.let { Todo.SendDecisions(it.toLong()) },
            changedClinics.takeIf { it > 0 }?.let { Todo.CheckClinics(it) },
            Todo.CheckWords.takeUnless { wallet.start.areWordsChecked },
            Todo.Connect.takeUnless { wallet.start.isConnected },
            Todo.AgreeToSendAgain.takeIf { hasHostLostMuch },
            unsentRecords.takeIf { it > 0 && wallet.start.isConnected }?.let { Todo.SendRecords(it) },
            ending.takeIf { it > 0 }?.let { Todo.EndSoon(it) },
            aside.takeIf { it > 0 }?.let { Todo.LookThrough(it) },
        )
    }

    private companion object {
        const val MOST = 5
        const val DAY = 86_400L
        val AGAINST = setOf(
            Validity.ENTERED_IN_ERROR, Validity.REMOVED_AT_SOURCE, Validity.REFUTED, Validity.NOT_DONE, Validity.DO_NOT_PERFORM, Validity.CANCELLED,
            Validity.STOPPED, Validity.INACTIVE,
        )
    }
}
