package org.keepwell.wallet.rust

import org.keepwell.About
import org.keepwell.ChartMeasure
import org.keepwell.ToDo
import org.keepwell.wallet.model.Arrival
import org.keepwell.wallet.model.CategoryCount
import org.keepwell.wallet.model.Current
import org.keepwell.wallet.model.LatestResult
import org.keepwell.wallet.model.Measure
import org.keepwell.wallet.model.Overview
import org.keepwell.wallet.model.Owner
import org.keepwell.wallet.model.Todo
import org.keepwell.wallet.model.Trend

internal fun org.keepwell.Overview.toModel() = Overview(
    owner?.toModel(), allergies.toModel(), problems.toModel(), medicines.toModel(), results.map { it.toModel() }, new.map { it.toModel() },
    toDo.map { it.toModel() }, Arrival(newest.toInt()),
)

internal fun Arrival.toLibrary(): UInt = number.toUInt()

internal fun org.keepwell.CategoryCount.toModel() = CategoryCount(category.toModel(), count.toLong())

internal fun org.keepwell.Trend.toModel(): Trend = Trend.valueOf(name)

internal fun ChartMeasure.toModel() = Measure(number, unit, low, high)

internal fun ToDo.toModel(): Todo = when (this) {
    ToDo.TakenOver -> Todo.TakenOver
    is ToDo.SendDecisions -> Todo.SendDecisions(count.toLong())
    is ToDo.CheckClinics -> Todo.CheckClinics(count.toLong())
    ToDo.CheckWords -> Todo.CheckWords
    ToDo.Connect -> Todo.Connect
    ToDo.AgreeToSendAgain -> Todo.AgreeToSendAgain
    is ToDo.SendRecords -> Todo.SendRecords(count.toLong())
    is ToDo.EndSoon -> Todo.EndSoon(count.toLong())
    is ToDo.LookThrough -> Todo.LookThrough(count.toLong())
}

private fun About.toModel() = Owner(name, birthDate)

private fun org.keepwell.Current.toModel() = Current(records.map { it.toModel() }, more.toLong())

private fun org.keepwell.LatestResult.toModel() = LatestResult(record.toModel(), trend?.toModel())
