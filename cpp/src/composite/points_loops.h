// SPDX-License-Identifier: Apache-2.0
// The loops behind composite/points.h, once for each instruction set: included by points.cpp inside a namespace of
// each. No guard, on purpose.

inline void means_of(const Points& points, const double* counts, double* means) {
    const auto values_of_dataset = points.bands * lanes;
    for (std::size_t i = 0; i < values_of_dataset; ++i) means[i] = 0;
    for (std::size_t n = 0; n < points.datasets; ++n) {
        const auto* weights = points.weights + n * lanes;
        for (std::size_t band = 0; band < points.bands; ++band) {
            const auto* values = points.values + n * values_of_dataset + band * lanes;
            auto* sums = means + band * lanes;
            for (std::size_t i = 0; i < lanes; ++i) sums[i] += weights[i] * values[i];
        }
    }
    for (std::size_t band = 0; band < points.bands; ++band) {
        for (std::size_t i = 0; i < lanes; ++i) means[band * lanes + i] /= counts[i];
    }
}

// Squares of the distances between two points of each lane.
inline void square_distances(const double* a, const double* b, std::size_t bands, double* squares) {
    for (std::size_t i = 0; i < lanes; ++i) squares[i] = 0;
    for (std::size_t band = 0; band < bands; ++band) {
        for (std::size_t i = 0; i < lanes; ++i) {
            const double difference = a[band * lanes + i] - b[band * lanes + i];
            squares[i] += difference * difference;
        }
    }
}

inline void medoids_of(const Points& points, double* costs, std::uint16_t* datasets) {
    const auto values_of_dataset = points.bands * lanes;
    for (std::size_t i = 0; i < points.datasets * lanes; ++i) costs[i] = 0;
    double distances[lanes];
    for (std::size_t n = 0; n < points.datasets; ++n) {
        for (std::size_t other = n + 1; other < points.datasets; ++other) {
            square_distances(points.values + n * values_of_dataset, points.values + other * values_of_dataset,
                             points.bands, distances);
            auto* cost = costs + n * lanes;
            auto* other_cost = costs + other * lanes;
            const auto* weight = points.weights + n * lanes;
            const auto* other_weight = points.weights + other * lanes;
            for (std::size_t i = 0; i < lanes; ++i) {
                const double distance = std::sqrt(distances[i]);
                cost[i] += distance * other_weight[i];
                other_cost[i] += distance * weight[i];
            }
        }
    }
    double least[lanes];
    for (std::size_t i = 0; i < lanes; ++i) {
        least[i] = std::numeric_limits<double>::infinity();
        datasets[i] = 0;
    }
    for (std::size_t n = 0; n < points.datasets; ++n) {
        for (std::size_t i = 0; i < lanes; ++i) {
            const bool is_less = points.weights[n * lanes + i] > 0 && costs[n * lanes + i] < least[i];
            least[i] = is_less ? costs[n * lanes + i] : least[i];
            datasets[i] = is_less ? static_cast<std::uint16_t>(n) : datasets[i];
        }
    }
}

inline void geomedians_of(const Points& points, const GeomedianSteps& steps, double* medians, double* room) {
    const auto values_of_dataset = points.bands * lanes;
    auto* weighted = room;                  // sum of the samples by 1 / distance
    auto* pull = room + values_of_dataset;  // sum of the unit vectors to the samples
    double is_moving[lanes];
    for (auto& moving : is_moving) moving = 1;
    for (int step = 0; step < steps.most; ++step) {
        for (std::size_t i = 0; i < values_of_dataset; ++i) weighted[i] = pull[i] = 0;
        double inverse_distances[lanes] = {};
        double coincident[lanes] = {};
        for (std::size_t n = 0; n < points.datasets; ++n) {
            const auto* sample = points.values + n * values_of_dataset;
            double distances[lanes];
            square_distances(sample, medians, points.bands, distances);
            double inverse[lanes];
            for (std::size_t i = 0; i < lanes; ++i) {
                const double weight = points.weights[n * lanes + i];
                const bool is_apart = distances[i] > 0;
                inverse[i] = is_apart ? weight / std::sqrt(distances[i]) : 0.0;
                coincident[i] += is_apart ? 0.0 : weight;
                inverse_distances[i] += inverse[i];
            }
            for (std::size_t band = 0; band < points.bands; ++band) {
                for (std::size_t i = 0; i < lanes; ++i) {
                    const auto at = band * lanes + i;
                    weighted[at] += inverse[i] * sample[at];
                    pull[at] += inverse[i] * (sample[at] - medians[at]);
                }
            }
        }
        double stay[lanes] = {};  // how much of the estimate remains
        for (std::size_t band = 0; band < points.bands; ++band) {
            for (std::size_t i = 0; i < lanes; ++i) stay[i] += pull[band * lanes + i] * pull[band * lanes + i];
        }
        for (std::size_t i = 0; i < lanes; ++i) {
            const double force = std::sqrt(stay[i]);
            const double share = coincident[i] < force ? coincident[i] / force : 1.0;
            // Without other samples, or with the estimate held by those upon it, it is the median.
            stay[i] = inverse_distances[i] > 0 && force > 0 ? share : 1.0;
        }
        double moved[lanes] = {};
        for (std::size_t band = 0; band < points.bands; ++band) {
            for (std::size_t i = 0; i < lanes; ++i) {
                const auto at = band * lanes + i;
                const double target = inverse_distances[i] > 0 ? weighted[at] / inverse_distances[i] : medians[at];
                const double change = is_moving[i] * (1 - stay[i]) * (target - medians[at]);
                medians[at] += change;
                moved[i] += change * change;
            }
        }
        double still_moving = 0;
        for (std::size_t i = 0; i < lanes; ++i) {
            is_moving[i] = moved[i] > steps.tolerance * steps.tolerance ? is_moving[i] : 0.0;
            still_moving += is_moving[i];
        }
        if (still_moving == 0) return;
    }
}
